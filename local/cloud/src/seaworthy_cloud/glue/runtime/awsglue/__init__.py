"""The part of AWS's `awsglue` that scripts cannot do without; it has no DynamicFrame and no bookmarks."""
