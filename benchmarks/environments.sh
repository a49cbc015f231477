#!/bin/sh
# Rivals that need an environment of their own. R's mice and Amelia come from Debian:
#   apt-get install r-base-core r-cran-mice r-cran-rpart r-cran-nnet r-cran-amelia
set -e
here=$(cd "$(dirname "$0")" && pwd)
python3 -m venv "$here/.rivals/midas2"
"$here/.rivals/midas2/bin/pip" install "midasverse-midas==0.3.1" "torch==2.13.0"
python3 -m venv "$here/.rivals/predict"
"$here/.rivals/predict/bin/pip" install "lightgbm==4.7.0" "scikit-learn==1.9.1" "torch==2.13.0" pandas pyarrow
# Embeddings: gensim, and word2vec.c and fastText compiled from the sources that PyPI carries (gcc and g++ are needed).
# word2vec.c starts its random numbers at fixed places; W2V_SEED moves them, and without it nothing is changed.
embed=$here/.rivals/embed
python3 -m venv "$embed"
"$embed/bin/pip" install "gensim==4.4.0"
sources=$(mktemp -d)
trap 'rm -r "$sources"' EXIT
"$embed/bin/pip" download --no-deps --no-binary :all: --dest "$sources" "word2vec==0.11.1" "fasttext==0.9.3"
tar -xzf "$sources/word2vec-0.11.1.tar.gz" -C "$sources"
tar -xzf "$sources/fasttext-0.9.3.tar.gz" -C "$sources"
sed -e 's/next_random = 1;/next_random = 1 + SEED;/' -e 's/next_random = (long long)id;/next_random = (long long)id + SEED;/' \
    "$sources/word2vec-0.11.1/word2vec/includes/word2vec.c" > "$sources/word2vec.c"
grep -c SEED "$sources/word2vec.c" | grep -qx 2
gcc -O3 -march=native -ffast-math -funroll-loops -pthread '-DSEED=(getenv("W2V_SEED") ? atoll(getenv("W2V_SEED")) : 0)' \
    "$sources/word2vec.c" -o "$embed/bin/word2vec" -lm
g++ -O3 -march=native -funroll-loops -DNDEBUG -std=c++17 -pthread -include cstdint "$sources"/fasttext-0.9.3/src/*.cc \
    -o "$embed/bin/fasttext"
# Synthetic data; arfpy calls numpy.in1d, which NumPy 2.4 no longer has.
python3 -m venv "$here/.rivals/synth"
"$here/.rivals/synth/bin/pip" install "ctgan==0.12.1" "arfpy==0.1.1" "torch==2.13.0" "numpy<2.4" pyarrow
