package nats

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/nats-io/nats.go"
)

// The forms of CloudEvents 1.0, as its NATS binding has them: structured, the event as JSON, or binary, the data as it is
// and the event's attributes in headers. Messages that have no data are binary events in both.
const (
	bodyCloud       = "cloudevents"
	bodyCloudBinary = "cloudevents-binary"
)

const (
	cloudVersion     = "1.0"
	cloudHeader      = "ce-"
	headerContent    = "Content-Type"
	contentCloud     = "application/cloudevents+json"
	contentText      = "text/plain; charset=utf-8"
	contentBytes     = "application/octet-stream"
	cloudType        = "grove."  // and the kind
	cloudSource      = "/grove/" // and the cluster
	maxCloudSubject  = maxPathHeader
	cloudZxid        = "grovezxid" // numbers of a CloudEvent have 32 bits: this is text
	cloudNodeVersion = "groveversion"
)

// cloudEvent is the structured form.
type cloudEvent struct {
	SpecVersion string  `json:"specversion"`
	ID          string  `json:"id"`
	Source      string  `json:"source"`
	Type        string  `json:"type"`
	Subject     string  `json:"subject,omitempty"` // the path
	Time        string  `json:"time,omitempty"`
	ContentType string  `json:"datacontenttype,omitempty"`
	Zxid        string  `json:"grovezxid"`
	Version     int32   `json:"groveversion"`
	Truncated   bool    `json:"grovetruncated,omitempty"`
	Data        *string `json:"data,omitempty"`
	Base64      []byte  `json:"data_base64,omitempty"`
}

// cloud is the event without its data.
func (f format) cloud(id string, about content) cloudEvent {
	e := cloudEvent{
		SpecVersion: cloudVersion, ID: id, Source: cloudSource + f.cluster, Type: cloudType + about.Kind, Subject: about.Path,
		Zxid: strconv.FormatInt(about.Zxid, 10), Version: about.Version,
	}
	if about.Time != 0 {
		e.Time = time.UnixMilli(about.Time).UTC().Format("2006-01-02T15:04:05.000Z07:00")
	}
	if len(e.Subject) > maxCloudSubject {
		e.Subject = e.Subject[:maxCloudSubject]
	}
	return e
}

// write is the event with data, or with the beginning of it.
func (e cloudEvent) write(text *string, data []byte, cut bool) []byte {
	e.Data, e.Base64, e.Truncated = text, data, cut
	switch {
	case text != nil:
		e.ContentType = contentText
	case data != nil:
		e.ContentType = contentBytes
	}
	body, err := json.Marshal(e)
	if err != nil {
		panic(fmt.Sprintf("nats: text is no JSON: %v", err))
	}
	return body
}

// setHeaders writes the attributes of a binary event.
func (e cloudEvent) setHeaders(msg *nats.Msg, data []byte) {
	for _, attribute := range []struct{ name, value string }{
		{"specversion", e.SpecVersion}, {"id", e.ID}, {"source", e.Source}, {"type", e.Type}, {"subject", e.Subject},
		{"time", e.Time}, {cloudZxid, e.Zxid}, {cloudNodeVersion, strconv.FormatInt(int64(e.Version), 10)},
	} {
		if attribute.value != "" {
			msg.Header.Set(cloudHeader+attribute.name, string(appendEscaped(nil, attribute.value, plainInCloud)))
		}
	}
	switch {
	case data == nil:
	case utf8.Valid(data):
		msg.Header.Set(cloudHeader+"datacontenttype", string(appendEscaped(nil, contentText, plainInCloud)))
	default:
		msg.Header.Set(cloudHeader+"datacontenttype", contentBytes)
	}
}

// plainInCloud is what stands as it is in the header of an attribute.
func plainInCloud(c byte) bool { return plainInHeader(c) && c != '"' }

// cloudID is the id of the event of a message: that of the message where it has one. A node that is shown again is another
// event.
func cloudID(msg *nats.Msg, about content) string {
	return cmp.Or(msg.Header.Get(headerID), fmt.Sprintf("%x-%s-%s", about.Zxid, about.Kind, about.Path))
}

// isCloud reports whether messages are CloudEvents.
func (f format) isCloud() bool { return f.body == bodyCloud || f.body == bodyCloudBinary }

// setMark makes a message that has no data, and tells only of the log itself, an event as well.
func (f format) setMark(msg *nats.Msg, zxid int64, kind string) *nats.Msg {
	if f.isCloud() {
		about := content{Zxid: zxid, Kind: kind}
		f.cloud(cloudID(msg, about), about).setHeaders(msg, nil)
	}
	return msg
}
