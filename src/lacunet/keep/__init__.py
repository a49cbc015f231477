"""One file for a fitted thing, whatever method it is of: words, arrays and frames, never code."""

from lacunet.keep._door import new_file, new_folder
from lacunet.keep._parts import Arrays, Parts, arrays_under, package_versions, read_parts, write_parts
from lacunet.keep._plain import spec_as_dict, spec_from_dict

__all__ = [
    "Arrays",
    "Parts",
    "arrays_under",
    "new_file",
    "new_folder",
    "package_versions",
    "read_parts",
    "spec_as_dict",
    "spec_from_dict",
    "write_parts",
]
