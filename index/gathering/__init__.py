"""What a person gives to be imported, made into files: folders, patterns of names and ZIP archives."""
