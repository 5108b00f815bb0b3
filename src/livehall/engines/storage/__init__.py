"""Files on local disk or in an object store, by `obstore` (the Rust crate `object_store`)."""

from livehall.engines.storage.disk import DiskStorage
from livehall.engines.storage.objects import ObjectStorage
from livehall.engines.storage.s3 import Bucket, S3Storage

__all__ = ["Bucket", "DiskStorage", "ObjectStorage", "S3Storage"]
