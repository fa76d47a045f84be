package fact

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	uplinkv1 "github.com/weir-telemetry/weir/api/weir/uplink/v1"
)

func newEncoder() *Encoder {
	return NewEncoder(EncoderOptions{Identity: identity, Sender: 0x5e, Session: 0x5e55, CatalogueVersion: 1})
}

// known is r as it is behind the wall: with ids, admitted names, no uid.
func known(r Ref) Ref {
	if r.IsZero() {
		return r
	}
	r.ID, r.UID = identity.ID(r), ""
	if r.Type == uplinkv1.EntityType_ENTITY_TYPE_EXTERNAL {
		r.Name, _ = Admit(kindDNS, r.Name)
	}
	return r
}

func TestCodecRoundTrip(t *testing.T) {
	want := fullReport()
	enc, dec := newEncoder(), NewDecoder()
	out, err := enc.Encode(start.Add(time.Minute), 2700, fullReport())
	require.NoError(t, err)
	assert.Equal(t, 1, out.Reports)
	assert.Empty(t, out.Pseudonymised)
	raw, err := proto.Marshal(out.Envelope)
	require.NoError(t, err)
	var env uplinkv1.Envelope
	require.NoError(t, proto.Unmarshal(raw, &env))
	got, err := dec.Decode(&env)
	require.NoError(t, err)
	assert.Zero(t, dec.Unresolved())

	require.Len(t, got, 1)
	r := got[0]
	assert.Equal(t, &Origin{Sender: 0x5e, Session: 0x5e55, Sequence: 1, Digest: enc.Digest()}, r.Origin)
	r.Origin = nil
	slices.SortFunc(want.Entities, func(a, b Entity) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(r.Entities, func(a, b Entity) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(r.Edges, func(a, b Edge) int { return int(b.Port) - int(a.Port) })
	slices.SortFunc(r.Changes, func(a, b Change) int { return strings.Compare(a.ToName, b.ToName) })
	for i := range want.Entities {
		e := &want.Entities[i]
		e.Ref, e.Owner, e.Node = known(e.Ref), known(e.Owner), known(e.Node)
	}
	for i := range want.Edges {
		e := &want.Edges[i]
		e.Source, e.Destination = known(e.Source), known(e.Destination)
	}
	want.Symptoms[0].Entity, want.Symptoms[0].Peer = known(users), known(web)
	want.Flows[0].Source, want.Flows[0].Destination = known(web), known(users)
	for i := range want.Changes {
		want.Changes[i].Entity = known(users)
	}
	for _, q := range []float64{.1, .5, .75, .9, .95, .99, 1} {
		w, _ := want.Edges[0].Durations.Quantile(q)
		g, _ := r.Edges[0].Durations.Quantile(q)
		assert.InDelta(t, w, g, 0, "quantile %v", q)
	}
	want.Edges[0].Durations, r.Edges[0].Durations = Histogram{}, Histogram{}
	assert.Equal(t, want, r)

	// What came over one uplink goes over the next as it is.
	again := NewEncoder(EncoderOptions{Identity: NewIdentity([]byte("another salt ...")), Sender: 1, Session: 2})
	r.Origin = &Origin{Session: 1}
	relayed, err := again.Encode(start, 0, r)
	require.NoError(t, err)
	assert.Empty(t, relayed.Pseudonymised)
	twice, err := NewDecoder().Decode(relayed.Envelope)
	require.NoError(t, err)
	twice[0].Origin, r.Origin = nil, nil
	slices.SortFunc(twice[0].Entities, func(a, b Entity) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(twice[0].Edges, func(a, b Edge) int { return int(b.Port) - int(a.Port) })
	slices.SortFunc(twice[0].Changes, func(a, b Change) int { return strings.Compare(a.ToName, b.ToName) })
	assert.Equal(t, r, twice[0])
}

func TestSessionRemembers(t *testing.T) {
	enc, dec := newEncoder(), NewDecoder()
	var last *uplinkv1.Envelope
	for i := range 3 {
		r := fullReport()
		r.Sequence = uint64(i + 1)
		out, err := enc.Encode(start, 0, r)
		require.NoError(t, err)
		got, err := dec.Decode(out.Envelope)
		require.NoError(t, err)
		assert.Equal(t, "users", got[0].Symptoms[0].Entity.Name)
		if last != nil {
			assert.Empty(t, out.Envelope.Names, "names are sent once")
			assert.True(t, proto.Equal(last.Digest, out.Envelope.Previous))
		}
		last = out.Envelope
	}
}

func TestOrderOfFactsDoesNotMatter(t *testing.T) {
	encode := func(r *Report) []byte {
		out, err := newEncoder().Encode(start, 0, r)
		require.NoError(t, err)
		raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(out.Envelope)
		require.NoError(t, err)
		return raw
	}
	want := encode(fullReport())
	rng := rand.New(rand.NewPCG(1, 1))
	for range 20 {
		r := fullReport()
		rng.Shuffle(len(r.Entities), func(i, j int) { r.Entities[i], r.Entities[j] = r.Entities[j], r.Entities[i] })
		rng.Shuffle(len(r.Edges), func(i, j int) { r.Edges[i], r.Edges[j] = r.Edges[j], r.Edges[i] })
		rng.Shuffle(len(r.Changes), func(i, j int) { r.Changes[i], r.Changes[j] = r.Changes[j], r.Changes[i] })
		require.Equal(t, want, encode(r))
	}
}

func TestNamesThatAreNotAdmitted(t *testing.T) {
	r := &Report{Agent: 1, Epoch: 1, Sequence: 1, Start: start, Window: time.Minute}
	service := Ref{Type: uplinkv1.EntityType_ENTITY_TYPE_SERVICE, Name: "john.doe@acme.com"}
	r.Edges = []Edge{{Source: web, Destination: service, Protocol: uplinkv1.Protocol_PROTOCOL_HTTP, Side: uplinkv1.Side_SIDE_SERVER, Op: uplinkv1.Op_OP_STATE}}
	r.Flows = []Flow{{Source: web, Destination: service, Route: "/u/rosa@mail.example", DataType: uplinkv1.DataType_DATA_TYPE_EMAIL,
		Sensitivity: uplinkv1.Sensitivity_SENSITIVITY_MEDIUM}}
	out, err := newEncoder().Encode(start, 0, r)
	require.NoError(t, err)
	assert.Equal(t, map[NameKind]int{kindService: 1, kindRoute: 1}, out.Pseudonymised)
	raw, err := proto.Marshal(out.Envelope)
	require.NoError(t, err)
	for _, v := range []string{"john", "acme", "rosa", "mail.example"} {
		assert.NotContains(t, string(raw), v)
	}
	got, err := NewDecoder().Decode(out.Envelope)
	require.NoError(t, err)
	assert.Equal(t, identity.Pseudonym(kindService, service.Name), got[0].Edges[0].Destination.Name)
	assert.Equal(t, identity.ID(service), got[0].Edges[0].Destination.ID)
	assert.Equal(t, Coverage{NamesPseudonymised: 1, FlowNamesPseudonymised: 1}, got[0].Coverage)
}

// What a report says must not depend on the session that brings it: the backend
// takes the same report with other content for a forgery.
func TestSameReportInAnySession(t *testing.T) {
	report := func() *Report {
		r := fullReport()
		r.Edges[0].Destination = Ref{Type: uplinkv1.EntityType_ENTITY_TYPE_SERVICE, Name: "john.doe@acme.com"}
		r.Flows[0].Route = "/u/rosa@mail.example"
		return r
	}
	read := func(reports ...*Report) *Report {
		enc, dec := newEncoder(), NewDecoder()
		var last *Report
		for _, r := range reports {
			out, err := enc.Encode(start, 0, r)
			require.NoError(t, err)
			got, err := dec.Decode(out.Envelope)
			require.NoError(t, err)
			last = got[0]
		}
		last.Origin = nil
		return last
	}
	first := report()
	first.Sequence--
	assert.Equal(t, read(report()), read(first, report()))
}

// Those who relay and receive may have another list of public suffixes.
func TestDomainsThatWereCutElsewhere(t *testing.T) {
	assert.True(t, wasAdmitted(kindDNS, "shop.newsuffix.example.com"))
	assert.True(t, wasAdmitted(kindDNS, "co.uk"))
	for _, bad := range []string{"com", "10.0.0.1", "Rosa.example", "a_b.example", "x.", strings.Repeat("3f9a1c2b", 4) + ".example.com"} {
		assert.False(t, wasAdmitted(kindDNS, bad), bad)
	}
	to := Ref{Type: uplinkv1.EntityType_ENTITY_TYPE_EXTERNAL, Name: "co.uk", ID: 7}
	r := &Report{Agent: 1, Epoch: 1, Sequence: 1, Start: start, Origin: &Origin{}, Edges: []Edge{{Source: web, Destination: to,
		Protocol: uplinkv1.Protocol_PROTOCOL_TCP, Side: uplinkv1.Side_SIDE_CLIENT, Op: uplinkv1.Op_OP_STATE}}}
	out, err := newEncoder().Encode(start, 0, r)
	require.NoError(t, err)
	got, err := NewDecoder().Decode(out.Envelope)
	require.NoError(t, err)
	assert.Equal(t, to, got[0].Edges[0].Destination)
}

func TestEnvelopesAreBounded(t *testing.T) {
	report := func(n uint64) *Report {
		r := &Report{Agent: 1, Epoch: 1, Sequence: n, Start: start, Window: time.Minute}
		for i := range 100 {
			r.Entities = append(r.Entities, Entity{Ref: Ref{Type: uplinkv1.EntityType_ENTITY_TYPE_DEPLOYMENT, Namespace: "shop",
				Name: fmt.Sprintf("w%d-%d", n, i)}, Op: uplinkv1.Op_OP_STATE})
		}
		return r
	}
	o := EncoderOptions{Identity: identity, Sender: 1, Session: 1, MaxBytes: 8000}
	enc, dec := NewEncoder(o), NewDecoder()
	reports := []*Report{report(1), report(2), report(3), report(4), report(5)}
	for envelopes := 0; len(reports) > 0; envelopes++ {
		require.Less(t, envelopes, 5)
		out, err := enc.Encode(start, 0, reports...)
		require.NoError(t, err)
		require.Positive(t, out.Reports)
		require.LessOrEqual(t, proto.Size(out.Envelope), o.MaxBytes)
		_, err = dec.Decode(out.Envelope)
		require.NoError(t, err)
		reports = reports[out.Reports:]
	}
	o.MaxBytes = 1000
	enc = NewEncoder(o)
	_, err := enc.Encode(start, 0, report(1))
	require.ErrorIs(t, err, ErrTooLarge)
	out, err := enc.Encode(start, 0, &Report{Agent: 1, Epoch: 1, Sequence: 1, Start: start, Entities: report(1).Entities[:3]})
	require.NoError(t, err, "as if nothing had happened")
	_, err = NewDecoder().Decode(out.Envelope)
	require.NoError(t, err)
}

func TestSessionGetsFull(t *testing.T) {
	enc := newEncoder()
	r := &Report{Agent: 1, Epoch: 1, Sequence: 1, Start: start}
	for i := range MaxNames + 1 {
		r.Entities = append(r.Entities, Entity{Ref: Ref{Type: uplinkv1.EntityType_ENTITY_TYPE_POD, Name: fmt.Sprintf("w-%d", i)}, Op: uplinkv1.Op_OP_STATE})
	}
	_, err := enc.Encode(start, 0, r)
	require.ErrorIs(t, err, ErrSessionFull)
}

func TestRefused(t *testing.T) {
	unknown := protowire.AppendString(protowire.AppendTag(nil, 900, protowire.BytesType), "rosa@mail.example")
	resign := func(e *uplinkv1.Envelope) { e.Digest = DigestWords(EnvelopeDigest(DigestBytes(e.Previous), e)) }
	signed := func(f func(*uplinkv1.Envelope)) func(*uplinkv1.Envelope) {
		return func(e *uplinkv1.Envelope) { f(e); resign(e) }
	}
	row := func(f func(*uplinkv1.Report)) func(*uplinkv1.Envelope) {
		return signed(func(e *uplinkv1.Envelope) { f(e.Reports[0]) })
	}
	for name, c := range map[string]struct {
		change func(*uplinkv1.Envelope)
		want   Reason
	}{
		"unknown field":             {func(e *uplinkv1.Envelope) { e.ProtoReflect().SetUnknown(unknown) }, ReasonUnknownField},
		"unknown field in a row":    {func(e *uplinkv1.Envelope) { e.Reports[0].Edges[0].ProtoReflect().SetUnknown(unknown) }, ReasonUnknownField},
		"unknown field in a digest": {func(e *uplinkv1.Envelope) { e.Digest.ProtoReflect().SetUnknown(unknown) }, ReasonUnknownField},
		"enumeration":               {row(func(r *uplinkv1.Report) { r.Edges[0].Protocol = 99 }), ReasonEnum},
		"negative enumeration":      {row(func(r *uplinkv1.Report) { r.Flows[0].DataType = -1 }), ReasonEnum},
		"nil row":                   {signed(func(e *uplinkv1.Envelope) { e.Reports = append(e.Reports, nil) }), ReasonMissing},
		"not a number":              {row(func(r *uplinkv1.Report) { r.Symptoms[0].Value = float32(math.NaN()) }), ReasonValue},
		"many digits":               {row(func(r *uplinkv1.Report) { r.Symptoms[0].Value = 1.234567 }), ReasonValue},
		"schema":                    {signed(func(e *uplinkv1.Envelope) { e.SchemaVersion = 2 }), ReasonVersion},
		"admission":                 {signed(func(e *uplinkv1.Envelope) { e.AdmissionVersion = 0 }), ReasonVersion},
		"no sender":                 {signed(func(e *uplinkv1.Envelope) { e.Sender = 0 }), ReasonMissing},
		"gap":                       {signed(func(e *uplinkv1.Envelope) { e.Sequence = 2 }), ReasonSequence},
		"no digest":                 {func(e *uplinkv1.Envelope) { e.Digest = nil }, ReasonDigest},
		"changed":                   {func(e *uplinkv1.Envelope) { e.Reports[0].Edges[0].Port++ }, ReasonDigest},
		"name of another kind":      {row(func(r *uplinkv1.Report) { r.Flows[0].Route = r.Entities[0].Name }), ReasonReference},
		"name that was not given":   {row(func(r *uplinkv1.Report) { r.Flows[0].Route = 4096 }), ReasonReference},
		"name breaks its kind":      {signed(func(e *uplinkv1.Envelope) { e.Names[0].Value = "rosa@mail.example" }), ReasonName},
		"name not in its form": {signed(func(e *uplinkv1.Envelope) {
			e.Names[0].Kind, e.Names[0].Value = kindImage, "redis@sha256:"+strings.Repeat("ab", 32)
		}), ReasonName},
		"name of no kind":            {signed(func(e *uplinkv1.Envelope) { e.Names[0].Kind = 0 }), ReasonName},
		"name twice":                 {signed(func(e *uplinkv1.Envelope) { e.Names = append(e.Names, e.Names[0]) }), ReasonDuplicate},
		"name 0":                     {signed(func(e *uplinkv1.Envelope) { e.Names[0].Id = 0 }), ReasonValue},
		"port":                       {row(func(r *uplinkv1.Report) { r.Edges[0].Port = 70000 }), ReasonValue},
		"shares":                     {row(func(r *uplinkv1.Report) { rates(r).BucketShare[0]++ }), ReasonValue},
		"shares without steps":       {row(func(r *uplinkv1.Report) { rates(r).BucketStep = nil }), ReasonValue},
		"bucket":                     {row(func(r *uplinkv1.Report) { rates(r).BucketStep[0] = 1 << 31 }), ReasonValue},
		"more errors than requests":  {row(func(r *uplinkv1.Report) { rates(r).Errors = 10001 }), ReasonValue},
		"code and custom code":       {row(func(r *uplinkv1.Report) { r.Symptoms[0].Custom = 1 }), ReasonValue},
		"unknown code":               {row(func(r *uplinkv1.Report) { r.Symptoms[0].Code = 4711 }), ReasonValue},
		"no code":                    {row(func(r *uplinkv1.Report) { r.Symptoms[0].Code = 0 }), ReasonMissing},
		"edge from nobody":           {row(func(r *uplinkv1.Report) { r.Edges[0].Source = 0 }), ReasonMissing},
		"entity of no type":          {row(func(r *uplinkv1.Report) { r.Entities[0].Type = 0 }), ReasonMissing},
		"no agent":                   {row(func(r *uplinkv1.Report) { r.Agent = 0 }), ReasonMissing},
		"time":                       {row(func(r *uplinkv1.Report) { r.Changes[0].TimeUnixSeconds = math.MaxUint64 }), ReasonValue},
		"window":                     {row(func(r *uplinkv1.Report) { r.WindowSeconds = 1 << 30 }), ReasonValue},
		"count":                      {row(func(r *uplinkv1.Report) { r.Flows[0].Seen = math.MaxUint64 }), ReasonValue},
		"size":                       {signed(func(e *uplinkv1.Envelope) { e.Names[0].Value = strings.Repeat("x", MaxEnvelopeBytes) }), ReasonSize},
		"too many reports":           {signed(func(e *uplinkv1.Envelope) { e.Reports = slices.Repeat(e.Reports[:1], MaxReports+1) }), ReasonTooMany},
		"bytes with too many digits": {row(func(r *uplinkv1.Report) { r.Coverage.BytesParsed = 1234567 }), ReasonValue},
	} {
		t.Run(name, func(t *testing.T) {
			good, err := newEncoder().Encode(start, 0, fullReport())
			require.NoError(t, err)
			bad := proto.Clone(good.Envelope).(*uplinkv1.Envelope)
			c.change(bad)
			dec := NewDecoder()
			_, err = dec.Decode(bad)
			var refusal *Refusal
			require.ErrorAs(t, err, &refusal)
			assert.Equal(t, c.want, refusal.Reason, "%v", err)
			assert.NotContains(t, err.Error(), "rosa")
			_, err = dec.Decode(good.Envelope)
			assert.NoError(t, err, "the decoder is as it was before")
		})
	}
}

func rates(r *uplinkv1.Report) *uplinkv1.Rates {
	for _, e := range r.Edges {
		if e.Rates != nil {
			return e.Rates
		}
	}
	panic("no rates")
}

func TestReplayAndOtherSessionsAreRefused(t *testing.T) {
	enc, dec := newEncoder(), NewDecoder()
	first, err := enc.Encode(start, 0, fullReport())
	require.NoError(t, err)
	_, err = dec.Decode(first.Envelope)
	require.NoError(t, err)
	_, err = dec.Decode(first.Envelope)
	assertReason(t, ReasonSequence, err)

	second, err := enc.Encode(start, 0, fullReport())
	require.NoError(t, err)
	other := proto.Clone(second.Envelope).(*uplinkv1.Envelope)
	other.Session++
	_, err = dec.Decode(other)
	assertReason(t, ReasonSession, err)

	forged := proto.Clone(second.Envelope).(*uplinkv1.Envelope)
	forged.Previous.A++
	forged.Digest = DigestWords(EnvelopeDigest(DigestBytes(forged.Previous), forged))
	_, err = dec.Decode(forged)
	assertReason(t, ReasonDigest, err)

	_, err = dec.Decode(second.Envelope)
	require.NoError(t, err)
	_, err = dec.Decode(nil)
	assertReason(t, ReasonMissing, err)
}

func assertReason(t *testing.T, want Reason, err error) {
	t.Helper()
	var refusal *Refusal
	if assert.True(t, errors.As(err, &refusal), "%v", err) {
		assert.Equal(t, want, refusal.Reason)
	}
}

func TestDigestIsThatOfTheWireFormat(t *testing.T) {
	out, err := newEncoder().Encode(start, 1234, fullReport())
	require.NoError(t, err)
	want, err := proto.MarshalOptions{Deterministic: true}.Marshal(out.Envelope)
	require.NoError(t, err)
	assert.Equal(t, want, appendCanonical(nil, out.Envelope.ProtoReflect(), ""))
	d := enc32()
	assert.Equal(t, d, DigestBytes(DigestWords(d)))
}

func enc32() (d [32]byte) {
	for i := range d {
		d[i] = byte(i + 1)
	}
	return d
}

func FuzzDecode(f *testing.F) {
	out, err := newEncoder().Encode(start, 0, fullReport())
	require.NoError(f, err)
	raw, err := proto.Marshal(out.Envelope)
	require.NoError(f, err)
	f.Add(raw)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		var env uplinkv1.Envelope
		if proto.Unmarshal(data, &env) != nil {
			return
		}
		// With a right head the rows are reached.
		env.SchemaVersion, env.AdmissionVersion, env.Sequence, env.Sender, env.Session = SchemaVersion, AdmissionVersion, 1, 1, 1
		env.Digest = DigestWords(EnvelopeDigest(DigestBytes(env.Previous), &env))
		dec := NewDecoder()
		reports, err := dec.Decode(&env)
		var refusal *Refusal
		if err != nil {
			require.ErrorAs(t, err, &refusal)
			require.Zero(t, dec.Sequence())
			return
		}
		// What was accepted can be sent on, and is accepted again.
		again, err := newEncoder().Encode(start, 0, reports...)
		require.NoError(t, err)
		_, err = NewDecoder().Decode(again.Envelope)
		require.NoError(t, err)
	})
}
