"""The questions of ``lacunet measure``, one file for those that share their options."""
