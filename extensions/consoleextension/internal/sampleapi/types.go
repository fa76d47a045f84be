package sampleapi

import "time"

type ref struct {
	ID        string `json:"id"`
	Type      string `json:"type"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

type node struct {
	ref
	OpenSymptoms int    `json:"open_symptoms"`
	Severity     string `json:"severity,omitempty"`
}

type edge struct {
	Source        string    `json:"source"`
	Destination   string    `json:"destination"`
	Protocol      string    `json:"protocol"`
	Port          int       `json:"port"`
	Rate          float64   `json:"rate"`
	ErrorRatio    float64   `json:"error_ratio"`
	P95           *float64  `json:"p95_seconds,omitempty"`
	DataTypes     []string  `json:"data_types"`
	LeavesCluster bool      `json:"leaves_cluster"`
	Updated       time.Time `json:"updated"`
}

type point [2]float64

type symptom struct {
	ID        string     `json:"id"`
	Code      string     `json:"code"`
	Title     string     `json:"title"`
	Severity  string     `json:"severity"`
	Entity    ref        `json:"entity"`
	Peer      *ref       `json:"peer,omitempty"`
	Phase     string     `json:"phase"`
	Onset     time.Time  `json:"onset"`
	Updated   time.Time  `json:"updated"`
	Ended     *time.Time `json:"ended,omitempty"`
	Value     float64    `json:"value"`
	Baseline  float64    `json:"baseline"`
	Threshold float64    `json:"threshold"`
	Unit      string     `json:"unit"`
	Detector  string     `json:"detector"`
	Samples   int        `json:"samples"`
	History   []point    `json:"history"`
}

type flow struct {
	Source        ref       `json:"source"`
	Destination   ref       `json:"destination"`
	DataType      string    `json:"data_type"`
	Sensitivity   string    `json:"sensitivity"`
	Method        string    `json:"method"`
	Route         string    `json:"route"`
	Direction     string    `json:"direction"`
	FieldPath     string    `json:"field_path"`
	Seen          int       `json:"seen"`
	First         time.Time `json:"first"`
	Last          time.Time `json:"last"`
	Encrypted     bool      `json:"encrypted"`
	LeavesCluster bool      `json:"leaves_cluster"`
}

type envelope struct {
	Received time.Time        `json:"received"`
	Sender   string           `json:"sender"`
	Session  string           `json:"session"`
	Sequence int              `json:"sequence"`
	Digest   string           `json:"digest"`
	Bytes    int              `json:"bytes"`
	Facts    map[string]int   `json:"facts"`
	Reports  []map[string]any `json:"reports"`
}

type project struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Environment string    `json:"environment"`
	Created     time.Time `json:"created"`
}

type key struct {
	ID          string     `json:"id"`
	Prefix      string     `json:"prefix"`
	Description string     `json:"description"`
	Created     time.Time  `json:"created"`
	LastUsed    *time.Time `json:"last_used,omitempty"`
	Revoked     *time.Time `json:"revoked,omitempty"`
	Key         string     `json:"key,omitempty"`
}

type user struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Role    string    `json:"role"`
	Created time.Time `json:"created"`
}
