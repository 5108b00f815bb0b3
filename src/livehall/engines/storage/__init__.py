"""Files on local disk or in an object store, by `obstore` (the Rust crate `object_store`)."""

from livehall.engines.storage.disk import DiskStorage
from livehall.engines.storage.objects import ObjectStorage
from livehall.engines.storage.s3 import Bucket, S3Storage
from livehall.engines.storage.targets import OwnStores

__all__ = ["Bucket", "DiskStorage", "ObjectStorage", "OwnStores", "S3Storage"]
