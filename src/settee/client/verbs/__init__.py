"""The verbs of both clients, topic by topic: functions that build calls of one route each."""
