"""How it is differentiated: both modes and other libraries, with whatever times them."""
