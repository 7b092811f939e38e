"""Webhooks: events become deliveries, and deliveries requests to the endpoints of controllers."""
