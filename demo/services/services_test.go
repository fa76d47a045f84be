package services

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/weir-telemetry/weir/demo/people"
)

func TestEveryActionIsAnswered(t *testing.T) {
	defer goleak.VerifyNone(t)
	world := people.New(1, 10)
	f, err := Start(world)
	require.NoError(t, err)
	defer f.Stop()
	before := f.Served()
	for n := range 2 * actionCount {
		require.NoError(t, f.Shop(context.Background(), n))
	}
	// 7 actions make 7 exchanges with the storefront and 8 behind it.
	assert.Equal(t, 30, f.Served()-before)
}

func TestLoginAnswersThePersonsToken(t *testing.T) {
	world := people.New(1, 10)
	f, err := Start(world)
	require.NoError(t, err)
	defer f.Stop()
	p := world.Person(3)
	status, body, err := f.call(context.Background(), "shopper", http.MethodPost, f.url("storefront")+"/login",
		map[string]string{"email": p.Email, "password": p.Password}, nil)
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, status)
	var out map[string]string
	require.NoError(t, json.Unmarshal(body, &out))
	assert.Equal(t, p.Token, out["access_token"])
	status, _, err = f.call(context.Background(), "shopper", http.MethodGet, f.url("customers")+"/customers/5", nil, nil)
	require.NoError(t, err)
	assert.Equal(t, http.StatusNotFound, status)
}
