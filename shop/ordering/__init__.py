"""From cart to parcel: pricing, placement, the states of an order, picking and shipping."""
