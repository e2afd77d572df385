"""The controller: MQTT, session, PID and records. It asks for heat; the guard decides."""
