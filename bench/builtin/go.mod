// Pins the frontend that BuildKit 0.25 has built in, to be put into an image of its own and measured beside ours.
module sallyport.dev/bench/builtin

go 1.24.0

require github.com/moby/buildkit v0.25.1
