package flow

// debt reckons whether the requests that a gap may have hidden were answered
// before the client went on. If they were not, answers come one request late,
// and their numbers fit.
type debt struct {
	bytes   int64 // the client sent unseen, outside of known bodies
	answers int   // came to no known request, or were lost, since then

	closedBytes   int64 // as it was when the present request began
	closedAnswers int

	requests     int64 // seen, and their size: what a hidden one may have
	requestBytes int64
}

// close strikes the balance at the head of a request.
func (d *debt) close() {
	d.closedBytes, d.closedAnswers = d.bytes, d.answers
	d.bytes, d.answers = 0, 0
}

// unpaid reports, when a request of n bytes is complete, that at its beginning
// fewer answers had come than requests may have been hidden.
func (d *debt) unpaid(n int64) bool {
	d.requests++
	d.requestBytes += n
	if d.closedBytes == 0 {
		return false
	}
	mean := d.requestBytes / d.requests
	hidden := max((d.closedBytes+mean/2)/mean, 1)
	d.closedBytes = 0
	return int64(d.closedAnswers) < hidden
}
