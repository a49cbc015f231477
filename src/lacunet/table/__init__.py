"""Where a data frame or file becomes numbers, and back."""

from lacunet.table._outline import Outline, outline_of
from lacunet.table._raw import read_tags
from lacunet.table._replace import check_whole, replacing, write_text
from lacunet.table._schema import Column, Schema
from lacunet.table._table import Table, apply_schema, read_table
from lacunet.table._write import write_frame

__all__ = [
    "Column",
    "Outline",
    "Schema",
    "Table",
    "apply_schema",
    "check_whole",
    "outline_of",
    "read_table",
    "read_tags",
    "replacing",
    "write_frame",
    "write_text",
]
