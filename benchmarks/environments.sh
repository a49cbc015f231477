#!/bin/sh
# Rivals that need an environment of their own. R's mice and Amelia come from Debian:
#   apt-get install r-base-core r-cran-mice r-cran-rpart r-cran-nnet r-cran-amelia
set -e
here=$(cd "$(dirname "$0")" && pwd)
python3 -m venv "$here/.rivals/midas2"
"$here/.rivals/midas2/bin/pip" install "midasverse-midas==0.3.1" "torch==2.13.0"
python3 -m venv "$here/.rivals/predict"
"$here/.rivals/predict/bin/pip" install "lightgbm==4.7.0" "scikit-learn==1.9.1" "torch==2.13.0" pandas pyarrow
