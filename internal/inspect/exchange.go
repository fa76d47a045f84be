package inspect

import (
	"mime"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/weir-telemetry/weir/internal/detect"
	"github.com/weir-telemetry/weir/internal/walk"
)

// ExchangeEvent is the event name of a log record that is an exchange.
const ExchangeEvent = "weir.exchange"

// IsExchange reports whether the unit is an exchange's log record.
func IsExchange(at *walk.Place) bool {
	return at.Record.Kind == walk.LogRecord && at.Record.EventName == ExchangeEvent
}

// InExchangeBody reports whether at lies in the body of an exchange, and in
// which direction ("request" or "response") and section ("headers" or "body").
func InExchangeBody(at *walk.Place) (direction, section string, ok bool) {
	if at.Part != walk.Body || !IsExchange(at) {
		return "", "", false
	}
	s := at.Steps()
	if len(s) < 2 || s[0].Key != "request" && s[0].Key != "response" || s[1].Key != "headers" && s[1].Key != "body" {
		return "", "", false
	}
	return s[0].Key, s[1].Key, true
}

// body scans the body of an exchange as what its content type says, since a
// shape is guessed from whole values only, and a body may be cut.
func (i *Inspector) body(r *detect.Result, at *walk.Place, s []byte) {
	in := detect.Input{Truncated: truncated(at, len(s))}
	ct := contentType(at)
	media, _, _ := strings.Cut(ct, ";")
	media = strings.ToLower(strings.TrimSpace(media))
	switch {
	case media == "application/x-www-form-urlencoded":
		i.engine.Form(r, s, in)
	case media == "application/x-ndjson" || media == "application/jsonl" || media == "text/event-stream":
		i.lines(r, s, in)
	case media == "application/json" || strings.HasSuffix(media, "+json"):
		i.engine.JSON(r, s, in)
	case strings.HasPrefix(media, "multipart/"):
		_, params, err := mime.ParseMediaType(ct)
		if err != nil || params["boundary"] == "" {
			i.engine.Value(r, s, in)
			return
		}
		i.multipart(r, s, params["boundary"], in)
	default:
		i.engine.Value(r, s, in)
	}
}

// contentType returns the field value that stands beside the body at at; empty
// when there is none.
func contentType(at *walk.Place) string {
	if at.Record.Body.Type() != pcommon.ValueTypeMap {
		return ""
	}
	message, ok := at.Record.Body.Map().Get(at.Steps()[0].Key)
	if !ok || message.Type() != pcommon.ValueTypeMap {
		return ""
	}
	headers, ok := message.Map().Get("headers")
	if !ok || headers.Type() != pcommon.ValueTypeMap {
		return ""
	}
	v, ok := headers.Map().Get("content-type")
	if ok && v.Type() == pcommon.ValueTypeSlice && v.Slice().Len() > 0 {
		v = v.Slice().At(0)
	}
	if !ok || v.Type() != pcommon.ValueTypeStr {
		return ""
	}
	return v.Str()
}

// truncated reports whether a body of an exchange is the prefix of a longer
// one, so that a value may have been cut at its end.
func truncated(at *walk.Place, kept int) bool {
	if v, ok := at.Record.Attributes.Get("weir.exchange.partial"); ok && v.Type() == pcommon.ValueTypeBool && v.Bool() {
		return true
	}
	key := "http.request.body.size"
	if at.Steps()[0].Key == "response" {
		key = "http.response.body.size"
	}
	v, ok := at.Record.Attributes.Get(key)
	return ok && v.Type() == pcommon.ValueTypeInt && v.Int() > int64(kept)
}
