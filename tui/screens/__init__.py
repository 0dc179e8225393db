"""One file per page or tab. Each loads its data in workers."""
