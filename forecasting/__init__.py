"""What comes next, when and where. Pure: frames in, frames out."""
