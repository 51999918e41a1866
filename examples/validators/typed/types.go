package main

import (
	"strconv"
	"unicode/utf8"
)

const (
	typeNames = "json, int, number, bool, port, text, match"
	matching  = "match" // takes a regular expression
)

var types = map[string]func(data []byte) bool{
	"json":   isJSON,
	"int":    isInt,
	"number": isNumber,
	"bool":   isBool,
	"port":   isPort,
	"text":   utf8.Valid,
}

// wanted says what data must be, for people whose write was refused.
var wanted = map[string]string{
	"json":   "well-formed JSON",
	"int":    "an integer of at most 64 bits, such as -12",
	"number": "a number, such as 0.5 or -1e6",
	"bool":   "true or false",
	"port":   "a port from 1 to 65535",
	"text":   "UTF-8 text",
}

func isInt(data []byte) bool {
	_, err := strconv.ParseInt(string(data), 10, 64)
	return err == nil
}

// isNumber takes numbers as JSON writes them, with nothing around: no hexadecimal, infinity or not-a-number.
func isNumber(data []byte) bool {
	s := scanner{data: data}
	return s.number() && s.at == len(data)
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

func isBool(data []byte) bool { return string(data) == "true" || string(data) == "false" }

func isPort(data []byte) bool {
	port, err := strconv.ParseUint(string(data), 10, 16)
	return err == nil && port > 0
}
