"""The style sheet: light, readable at phone width, and fit for a printed appendix."""

STYLE = """
:root{color-scheme:light}
*{box-sizing:border-box}
body{overflow-wrap:break-word}
body{margin:0;background:#fff;color:#1f2933;font:16px/1.55 system-ui,"Segoe UI",Roboto,Arial,sans-serif}
main{max-width:60rem;margin:0 auto;padding:1.5rem 1.25rem 3rem}
header{border-bottom:3px solid #34597d;margin-bottom:1.5rem;padding-bottom:.75rem}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .25rem}
header p{color:#52606d;margin:.2rem 0}
h2{font-size:1.35rem;margin:2.4rem 0 .6rem;padding-bottom:.2rem;border-bottom:1px solid #d5dae1}
h3{font-size:1.02rem;margin:1.3rem 0 .3rem}
p{margin:.5rem 0;max-width:46rem}
ul{padding-left:1.2rem;max-width:46rem}
li{margin:.25rem 0}
nav a{color:#34597d;margin-right:.8rem;display:inline-block}
nav{margin-top:.6rem}
a:focus,div:focus{outline:2px solid #34597d;outline-offset:2px}
blockquote{margin:.5rem 0;padding:.7rem 1rem;background:#f3f6f9;border-left:4px solid #34597d;max-width:46rem}
figure{margin:.8rem 0;break-inside:avoid}
figcaption,.label{font-size:.86rem;color:#52606d;display:block}
svg{max-width:100%;height:auto;display:block;font:11px system-ui,"Segoe UI",Roboto,Arial,sans-serif}
svg.wide{width:640px;max-width:none}
svg.plot{width:100%;max-width:420px}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,21rem),1fr));gap:.4rem 1.6rem}
.grid h3{margin:.2rem 0 0}
.grid figure{margin:.5rem 0;border-top:1px solid #d5dae1;padding-top:.5rem}
.legend{font-size:.88rem;color:#1f2933}
.legend span{display:inline-block;margin-right:1.1rem}
.legend i{display:inline-block;width:.85rem;height:.85rem;margin-right:.35rem;vertical-align:-.1rem;border-radius:2px}
.scroll{overflow-x:auto;max-width:100%}
svg.pattern{max-width:none}
table{border-collapse:collapse;font-size:.9rem;margin:.8rem 0;width:100%}
caption{text-align:left;color:#52606d;padding:.3rem 0}
th,td{text-align:left;padding:.28rem .6rem .28rem 0;border-bottom:1px solid #e4e7eb;vertical-align:top}
th,td{overflow-wrap:anywhere}
thead th{border-bottom:2px solid #9aa5b1;overflow-wrap:normal}
tbody th{font-weight:600}
.scroll td,.scroll th{overflow-wrap:break-word}
.scroll td:not(.n){min-width:6.5rem}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap;overflow-wrap:normal}
thead th.n{white-space:normal;vertical-align:bottom}
td.track{width:45%;min-width:3rem;vertical-align:middle}
div.track{display:flex;height:.85rem;background:#eef1f4;border-radius:2px;overflow:hidden}
.track i{display:block;height:100%}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,20rem),1fr));gap:0 2rem}
.pair>*,.grid>*{min-width:0}
footer{margin-top:2.5rem;border-top:1px solid #d5dae1;color:#52606d;font-size:.86rem}
@media (max-width:34rem){
body{font-size:15px}
main{padding:1rem .8rem}
h1{font-size:1.5rem}
table{font-size:.8rem}}
@media print{
body{font-size:10pt}
main{max-width:none;padding:0}
nav{display:none}
h2,h3{break-after:avoid}
tr{break-inside:avoid}
.scroll{overflow:visible}
svg.pattern,svg.wide{max-width:100%}
.grid{grid-template-columns:1fr 1fr}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
"""
