# What editors, type checkers and the documentation see of the lazy face.
from lacunet.embedding._fitted import FittedSkipGram as FittedSkipGram
from lacunet.embedding._skip_gram import SkipGram as SkipGram
