"""Payment networks on arrays: calendars, messages under way, settlement. They know no economics and no clock."""
