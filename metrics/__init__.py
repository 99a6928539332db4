"""What a score means: conditions, schemes, rates, scores, ranks. Pure: frames in, frames out."""
