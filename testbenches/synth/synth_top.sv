// SPDX-License-Identifier: MIT OR Apache-2.0
// The Algorand core as it would sit on a device, for place and route only: what its clock, its area and
// its critical paths are. Parameters are those of the regressions.
//
// The host port is the only observer: whatever does not reach it in the end is optimised away, as it should be, e.g.
// the retire record and the capture registers of RAM writes that only lockstep reads. fault_i is tied to 0, which
// removes the planted faults. Every port of the core is registered at the pins: all paths that place and
// route reports are between registers of the core. The request goes out a cycle late and the response comes in
// a cycle late, which no one here minds: nothing simulates this file.
`default_nettype none

module synth_top (
  input  logic        clk_i,
  input  logic        rst_ni,
  output logic        host_req_valid_o,
  input  logic        host_req_ready_i,
  output logic [3:0]  host_req_kind_o,
  output logic [5:0]  host_req_tag_o,
  output logic [63:0] host_req_a_o,
  output logic [63:0] host_req_b_o,
  input  logic        host_rsp_valid_i,
  output logic        host_rsp_ready_o,
  input  logic [5:0]  host_rsp_tag_i,
  input  logic        host_rsp_last_i,
  input  logic [63:0] host_rsp_data_i
);

  logic        rst_nq;
  logic        req_ready_q;
  logic        rsp_valid_q;
  logic [5:0]  rsp_tag_q;
  logic        rsp_last_q;
  logic [63:0] rsp_data_q;
  logic        req_valid;
  logic [3:0]  req_kind;
  logic [5:0]  req_tag;
  logic [63:0] req_a;
  logic [63:0] req_b;
  logic        rsp_ready;

  always_ff @(posedge clk_i) begin : pins
    rst_nq           <= rst_ni;
    req_ready_q      <= host_req_ready_i;
    rsp_valid_q      <= host_rsp_valid_i;
    rsp_tag_q        <= host_rsp_tag_i;
    rsp_last_q       <= host_rsp_last_i;
    rsp_data_q       <= host_rsp_data_i;
    host_req_valid_o <= req_valid;
    host_req_kind_o  <= req_kind;
    host_req_tag_o   <= req_tag;
    host_req_a_o     <= req_a;
    host_req_b_o     <= req_b;
    host_rsp_ready_o <= rsp_ready;
  end

  algorand_core u_core (
    .clk_i            (clk_i),
    .rst_ni           (rst_nq),
    .fault_i          (6'd0),
    .host_req_valid_o (req_valid),
    .host_req_ready_i (req_ready_q),
    .host_req_kind_o  (req_kind),
    .host_req_tag_o   (req_tag),
    .host_req_a_o     (req_a),
    .host_req_b_o     (req_b),
    .host_rsp_valid_i (rsp_valid_q),
    .host_rsp_ready_o (rsp_ready),
    .host_rsp_tag_i   (rsp_tag_q),
    .host_rsp_last_i  (rsp_last_q),
    .host_rsp_data_i  (rsp_data_q)
  );

endmodule

`default_nettype wire
