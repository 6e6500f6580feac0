//! Calls in all protocols, answered by a service that speaks gRPC and nothing else.

mod connect;
mod connect_requests;
mod discovery;
mod grpc;
mod grpc_web;
mod service;
