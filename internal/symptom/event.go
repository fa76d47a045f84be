package symptom

// Phase of a symptom's life.
type Phase string

// The phases. Expired says that nothing was heard of it any more, which is not
// an end.
const (
	Start   Phase = "start"
	Update  Phase = "update"
	End     Phase = "end"
	Expired Phase = "expired"
)

// Event is a statement about one symptom of one entity.
type Event struct {
	Code, Severity, Unit, Detector string
	Phase                          Phase
	Entity, Peer                   Entity // Peer is zero where there is none
	Value, Threshold               float64
	Baseline                       float64 // when HasBaseline
	HasBaseline                    bool
	Onset, Time                    int64 // unix seconds
	Samples                        uint32
}
