package flow_test

import (
	"fmt"
	"math/rand"
	"sort"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/weir-telemetry/weir/internal/capture/capturetest"
	"github.com/weir-telemetry/weir/internal/flow"
)

// sliding is a capture of clients that keep some requests under way all the
// time, on servers that answer the oldest one only when the next has come: after
// a loss, the numbers of a request fit the answer to another.
func sliding(conns, depth int) (out []capturetest.Packet) {
	for k := range conns {
		cl, sv := ports(k)
		c := capturetest.NewConn(cl, sv, epoch.Add(time.Duration(k)*11*time.Microsecond), uint32(k)*77, 5)
		c.Open()
		id := func(i int) string { return fmt.Sprintf("/c%d/r%d", k, i) }
		for i := range 30 {
			c.Request(request(id(i)))
			if i >= depth-1 {
				c.Response(response(id(i-depth+1), (k*i)%3000))
			}
		}
		for i := 31 - depth; i < 30; i++ {
			c.Response(response(id(i), 10))
		}
		c.Close()
		out = append(out, c.Packets...)
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Time < out[j].Time })
	return out
}

func TestSlidingPipelines(t *testing.T) {
	for _, depth := range []int{2, 3, 5} {
		all := sliding(60, depth)
		right, wrong, st := run(t, all)
		require.Equal(t, []int{1800, 0}, []int{right, wrong}, "%+v", st)
		for _, loss := range []float64{0.001, 0.01, 0.05} {
			rnd := rand.New(rand.NewSource(3))
			var kept []capturetest.Packet
			for _, p := range all {
				if rnd.Float64() >= loss {
					kept = append(kept, p)
				}
			}
			right, wrong, _ := run(t, kept)
			t.Logf("depth %d, loss %v: %d right, %d wrong", depth, loss, right, wrong)
			require.Zero(t, wrong, "depth %d, loss %v", depth, loss)
		}
	}
}

// Picked up mid-stream with two requests under way: the second one's numbers fit
// the answer to the first.
func TestPickedUpInAPipeline(t *testing.T) {
	k := newTalk(t, flow.Config{})
	n := len(getA)
	k.data(client, 0, 10, getA)
	k.data(client, n, 40, getB)
	k.data(server, 40, 2*n, okA)
	k.data(client, 2*n, 40+len(okA), getA)
	k.data(server, 40+len(okA), 3*n, okB)
	k.tr.Flush()
	require.Empty(t, k.got)
	require.Equal(t, 2+3, k.drops()["uncertain_pair"]+k.drops()["unanswered"], "%v", k.drops())
}
