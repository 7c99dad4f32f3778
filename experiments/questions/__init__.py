"""The questions that are asked, a folder each."""
