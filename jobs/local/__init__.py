"""What a job needs on this machine alone."""
