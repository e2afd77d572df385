"""The MQTT contract: messages, rules for commands, and the client."""
