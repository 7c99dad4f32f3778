"""What every experiment shares: what one is, how it runs, what is on disk, what is seen."""
