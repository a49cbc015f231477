"""The style sheet: light or dark as the reader's screen is, readable at phone width, and always light on paper."""

from lacunet.report._colours import DARK, LIGHT


def _declare(colours: dict[str, str]) -> str:
    return ";".join(f"--{name}:{colour}" for name, colour in colours.items())


STYLE = (
    f"""
:root{{color-scheme:light;--least-figure:30rem;{_declare(LIGHT)}}}
@media screen and (prefers-color-scheme:dark){{:root{{color-scheme:dark;{_declare(DARK)}}}}}
"""
    + """
*{box-sizing:border-box}
body{margin:0 auto;max-width:62.5rem;padding:1.5rem 1.25rem 3rem;overflow-wrap:break-word;
background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,"Segoe UI",Roboto,Arial,sans-serif}
html{background:var(--paper)}
header{border-bottom:3px solid var(--observed-ink);padding-bottom:.75rem}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .25rem}
header p{color:var(--muted);margin:.2rem 0}
h2{font-size:1.35rem;margin:2.6rem 0 .6rem;padding-bottom:.2rem;border-bottom:1px solid var(--rule)}
h3{font-size:1.08rem;margin:1.6rem 0 .3rem}
h4{font-size:.98rem;margin:.9rem 0 .2rem}
p{margin:.5rem 0;max-width:46rem}
ul{padding-left:1.2rem;max-width:46rem}
li{margin:.25rem 0}
a{color:var(--observed-ink)}
nav ul{list-style:none;padding:0;margin:.8rem 0 1.5rem;max-width:none;display:flex;flex-wrap:wrap;gap:.15rem 1.1rem}
nav li{margin:0}
a:focus-visible,summary:focus-visible,div:focus-visible{outline:2px solid var(--observed-ink);outline-offset:2px}
blockquote,pre{margin:.5rem 0;padding:.7rem 1rem;background:var(--panel);border-left:4px solid var(--observed-ink)}
blockquote{max-width:46rem}
pre{font:.86rem/1.5 ui-monospace,Menlo,Consolas,monospace;width:max-content;min-width:100%}
details{margin:.5rem 0}
summary{cursor:pointer;color:var(--observed-ink);padding:.15rem 0}
ul.findings{list-style:none;padding:0}
ul.findings li{margin:.6rem 0;padding:.15rem 0 .15rem .8rem;border-left:4px solid var(--rule)}
ul.findings li.act{border-color:var(--imputed-ink)}
ul.findings li.look{border-color:var(--reason-1)}
figure{margin:.8rem 0;break-inside:avoid}
figcaption,.label{font-size:.86rem;color:var(--muted);display:block;max-width:46rem}
svg{max-width:100%;height:auto;display:block;font:11px system-ui,"Segoe UI",Roboto,Arial,sans-serif}
svg.wide{width:640px;max-width:none}
svg.plot{width:100%;max-width:420px}
svg.pattern{max-width:none}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,21rem),1fr));gap:.4rem 1.6rem}
.grid h3{margin:.2rem 0 0}
.grid figure{margin:.5rem 0;border-top:1px solid var(--rule);padding-top:.5rem}
.legend{font-size:.88rem}
.legend span{display:inline-block;margin-right:1.1rem}
.legend i{display:inline-block;width:.85rem;height:.85rem;margin-right:.35rem;vertical-align:-.1rem;border-radius:2px}
.scroll{overflow-x:auto;max-width:100%}
table{border-collapse:collapse;font-size:.9rem;margin:.8rem 0}
.bars{width:100%}
caption{text-align:left;color:var(--muted);padding:.3rem 0}
th,td{text-align:left;padding:.28rem 1.1rem .28rem 0;border-bottom:1px solid var(--rule);vertical-align:top}
th,td{overflow-wrap:anywhere}
thead th{border-bottom:2px solid var(--muted);overflow-wrap:normal}
tbody th{font-weight:600}
.scroll td,.scroll th{overflow-wrap:break-word}
.scroll td:not(.n){min-width:6.5rem}
.scroll td.long{min-width:14rem}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap;overflow-wrap:normal}
thead th.n{white-space:normal;vertical-align:bottom;min-width:4.5rem}
.lacunet-table th,.lacunet-table td{border-bottom:0;min-width:0}
td.track{width:45%;min-width:3rem;vertical-align:middle}
div.track{display:flex;height:.85rem;background:var(--panel);border-radius:2px;overflow:hidden}
.track i{display:block;height:100%}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.grid>*{min-width:0}
footer{margin-top:2.5rem;border-top:1px solid var(--rule);color:var(--muted);font-size:.86rem}
@media (max-width:34rem){
body{font-size:15px;padding:1rem .8rem 2rem}
h1{font-size:1.5rem}
table{font-size:.8rem}
th,td{padding-right:.6rem}}
@media print{
:root{--least-figure:0rem}
body{font-size:10pt;max-width:none;padding:0}
nav{display:none}
h2,h3,h4,summary,caption,thead{break-after:avoid}
tr,li,pre,.lacunet-table{break-inside:avoid}
svg.diagnosis{max-width:12cm!important}
.scroll{overflow:visible}
pre{width:auto;white-space:pre-wrap}
svg.pattern,svg.wide{max-width:100%}
details::details-content{content-visibility:visible;block-size:auto;display:block}
summary{list-style:none;color:var(--ink);font-weight:600}
.grid{grid-template-columns:1fr 1fr}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
"""
)
