package main

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestLogger(t *testing.T) {
	var text, object strings.Builder
	log := newLogger(Log{Level: "warn", Format: "text"}, &text)
	log.Info("quiet")
	log.Warn("loud", "room", "core")
	if got := text.String(); !strings.Contains(got, "level=WARN msg=loud room=core") || strings.Contains(got, "quiet") {
		t.Errorf("text: %q", got)
	}
	newLogger(Log{Level: "debug", Format: "json"}, &object).Debug("all")
	var message struct{ Level, Msg string }
	if err := json.Unmarshal([]byte(object.String()), &message); err != nil || message.Level != "DEBUG" || message.Msg != "all" {
		t.Errorf("json: %q, %v", object.String(), err)
	}
}
