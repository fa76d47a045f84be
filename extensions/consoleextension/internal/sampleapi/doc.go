// Package sampleapi answers the backend's API from generated data, so that the
// console's pages can be tested in a browser: 300 services and 1,500 edges, with
// symptoms, sensitive flows and envelopes. The same seed gives the same data.
package sampleapi
