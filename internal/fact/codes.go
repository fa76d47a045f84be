package fact

// codes numbers the symptoms of the catalogue for the wire. A number is never
// given to another code; codes that are not here travel as names.
var codes = map[string]uint32{
	"svc.latency.slo_burn_fast": 1,
	"svc.latency.slo_burn_slow": 2,
	"svc.errors.slo_burn_fast":  3,
	"svc.errors.slo_burn_slow":  4,
	"svc.latency.shift":         5,
	"svc.errors.shift":          6,
	"svc.traffic.drop":          7,
	"svc.traffic.surge":         8,
	"svc.saturation.queue":      9,
	"svc.throttled_429":         10,
	"svc.unauthorized":          11,
	"svc.timeout":               12,
	"edge.connect_fail":         13,
	"edge.no_connectivity":      14,
	"edge.rtt_high":             15,
	"edge.retransmit":           16,
	"dns.latency":               17,
	"dns.servfail":              18,
	"dns.nxdomain_regression":   19,
	"tls.handshake_fail":        20,
	"ctr.cpu.near_limit":        21,
	"ctr.cpu.throttled":         22,
	"ctr.cpu.delay":             23,
	"ctr.mem.near_limit":        24,
	"ctr.mem.leak":              25,
	"ctr.mem.pressure":          26,
	"ctr.oom_kill":              27,
	"ctr.restarts":              28,
	"pod.crashloop":             29,
	"pod.image_pull":            30,
	"pod.unschedulable":         31,
	"pod.not_ready":             32,
	"pod.sandbox_volume":        33,
	"wl.unavailable":            34,
	"wl.rollout_stuck":          35,
	"wl.hpa_maxed":              36,
	"wl.job_failed":             37,
	"node.not_ready":            38,
	"node.pressure":             39,
	"node.cpu_high":             40,
	"node.disk_space":           41,
	"node.disk_io":              42,
	"node.conntrack":            43,
	"node.kernel":               44,
	"node.inode_fd_pid":         45,
	"db.slow":                   46,
	"mq.lag":                    47,
	"rt.stall":                  48,
	"log.new_error_pattern":     49,
	"sec.sensitive_flow_new":    50,
	"tls.cert_expiry":           51,
}

var codeNames = func() map[uint32]string {
	m := make(map[uint32]string, len(codes))
	for code, n := range codes {
		m[n] = code
	}
	return m
}()

// SymptomCode is the dotted code of a number of the wire, empty when there is
// none.
func SymptomCode(n uint32) string { return codeNames[n] }
