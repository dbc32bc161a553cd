// SPDX-License-Identifier: MIT OR Apache-2.0
// Send: what X asks of the host. Operand 0, or the hash that log reports, goes in one or two requests, the low half first.
// Combinational.
`default_nettype none

module send (
  input  logic [5:0]   fault_i,
  input  logic [7:0]   x_op_q,
  input  logic [3:0]   x_req_kind,
  input  logic         x_high,    // the high half
  input  logic [255:0] x_a,       // payload of A
  input  logic [255:0] x_r_q,     // the hash
  output logic         x_low_only, // the high half is 0, and is not sent
  output arbitrum_pkg::request_t x_request
);

  logic         upper;
  logic         log;
  logic [255:0] whole;
  logic [127:0] half;

  assign upper      = x_high ^ (fault_i == arbitrum_pkg::FAULT_HOST_ORDER); // fault host_order
  assign log        = x_op_q == arbitrum_pkg::OP_LOG;
  assign whole      = log ? x_r_q : x_a;
  assign half       = upper ? whole[255:128] : whole[127:0];
  assign x_low_only = !log && x_a[255:128] == 128'd0;

  always_comb begin : request
    x_request = {x_req_kind, 128'd0};
    if (x_req_kind == arbitrum_pkg::REQUEST_ARG || x_req_kind == arbitrum_pkg::REQUEST_ARG_HIGH)
      x_request = {x_req_kind, half[63:0], half[127:64]};
    if (x_req_kind == arbitrum_pkg::REQUEST_HOST) x_request = {x_req_kind, 56'd0, x_op_q, 64'd0};
  end

endmodule

`default_nettype wire
