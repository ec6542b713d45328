"""A town of buyers, staff, a worker and Stripe, all in one process, on one clock, from one seed."""
