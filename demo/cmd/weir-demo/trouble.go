package main

import (
	"context"
	"time"

	"github.com/weir-telemetry/weir/demo/services"
)

// troubleEvery is how often payments falls ill in a run without an end.
const troubleEvery = 2 * time.Minute

// troubles is one illness: how payments fares from when on.
var troubles = []struct {
	from time.Duration
	is   services.Trouble
}{
	{0, services.Trouble{}}, // what is usual is learned
	{25 * time.Second, services.Trouble{Delay: 150 * time.Millisecond}},
	{40 * time.Second, services.Trouble{Delay: 150 * time.Millisecond, Fail: true}},
	{52 * time.Second, services.Trouble{}},
}

// trouble makes payments ill now and then until ctx ends.
func trouble(ctx context.Context, fleet *services.Fleet) {
	for {
		begin := time.Now()
		for _, t := range troubles {
			if !sleep(ctx, time.Until(begin.Add(t.from))) {
				return
			}
			fleet.SetTrouble(t.is)
		}
		if !sleep(ctx, time.Until(begin.Add(troubleEvery))) {
			return
		}
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
