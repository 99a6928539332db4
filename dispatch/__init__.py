"""Where an order belongs: text features, classifier, places, units, similar cases, hot topics. Pure."""
