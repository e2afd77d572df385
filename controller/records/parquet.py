"""Rows as Parquet, where pyarrow is installed: typed columns, times in UTC, a few thousand rows at a time."""

import os
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from controller.records.export import Columns, Row
from controller.records.files import private

_GROUP = 65536


class NoParquetError(Exception):
    """pyarrow is not there. The message is a sentence for a person."""


def write_parquet(path: Path, columns: Columns, rows: Iterable[Row]) -> None:
    """Write the rows; memory does not grow with their number. Without pyarrow the file is not touched.

    Raises:
        NoParquetError: pyarrow is not installed.
        OSError: the file cannot be written.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise NoParquetError(
            "Parquet needs pyarrow, which is not installed: pip install 'heatpack[export]', or write a .csv"
        ) from None
    os.close(private(str(path), os.O_WRONLY | os.O_CREAT))
    types = {
        "text": pyarrow.string(),
        "time": pyarrow.timestamp("ms", tz="UTC"),
        "number": pyarrow.float64(),
        "flag": pyarrow.bool_(),
    }
    schema = pyarrow.schema([(name, types[kind]) for name, kind in columns.items()])
    waiting = iter(rows)
    with pyarrow.parquet.ParquetWriter(path, schema) as out:
        while group := list(islice(waiting, _GROUP)):
            arrays = [
                pyarrow.array(
                    [None if value is None else round(value * 1000) for value in column]
                    if kind == "time"
                    else column,
                    type=types[kind],
                )
                for kind, column in zip(columns.values(), zip(*group, strict=True), strict=True)
            ]
            out.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))
