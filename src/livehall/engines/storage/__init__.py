"""Files on local disk or in an object store, by `obstore` (the Rust crate `object_store`)."""

from livehall.engines.storage.disk import DiskStorage
from livehall.engines.storage.objects import ObjectStorage

__all__ = ["DiskStorage", "ObjectStorage"]
