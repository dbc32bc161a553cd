// SPDX-License-Identifier: MIT OR Apache-2.0
// A fictitious machine for the tests of the shared parts: 256-bit cells, no fuel, a stream port.
//
// It asks the host for one 64-bit word at a time (request 1), rotates its accumulator by 64 bits,
// adds the word, stores the result in a ring of 16 cells and emits it on the stream, with the word
// and how many there were. The word 0 ends the call (request 2, the accumulator's low word). Twin:
// testbenches/toy/model.rs.
`default_nettype none

module toy_core (
    input  wire         clk_i,
    input  wire         rst_ni,
    input  wire [5:0]   fault_i,
    output wire         host_req_valid_o,
    input  wire         host_req_ready_i,
    output wire [3:0]   host_req_kind_o,
    output wire [3:0]   host_req_tag_o,
    output wire [63:0]  host_req_a_o,
    output wire [63:0]  host_req_b_o,
    input  wire         host_rsp_valid_i,
    output wire         host_rsp_ready_o,
    input  wire [3:0]   host_rsp_tag_i,
    input  wire         host_rsp_last_i,
    input  wire [63:0]  host_rsp_data_i,
    output wire         stream_valid_o,
    input  wire         stream_ready_i,
    output wire [383:0] stream_data_o
);
  localparam logic [2:0] Ask = 0, Wait = 1, Take = 2, Run = 3, Emit = 4, End = 5;

  logic [2:0]   t_state_q;
  logic [63:0]  t_in_q;
  logic [255:0] t_acc_q, acc_d;
  logic [7:0]   t_n_q;
  logic         req_q, rsp_q, stream_q, retire_q;

  // Fault 1: odd words leave the upper half as it was. Fault 3: the last word turns the top bit.
  always_comb begin
    acc_d = {t_acc_q[191:0], t_acc_q[255:192]} + {192'd0, t_in_q};
    if (fault_i == 6'd1 && t_in_q[0]) acc_d[255:128] = t_acc_q[255:128];
    if (fault_i == 6'd3 && t_in_q == 64'd0) acc_d[255] = !acc_d[255];
  end

  // Nothing reads it, so Yosys is told to keep it.
  (* keep *) toy_ram u_cells (.clk_i, .we_i(t_state_q == Run), .wa_i(t_n_q[3:0]), .wd_i(acc_d));

  always_ff @(posedge clk_i) begin
    retire_q <= 1'b0;
    case (t_state_q)
      Ask: begin req_q <= 1'b1; t_state_q <= Wait; end
      Wait: if (req_q && host_req_ready_i) begin
        req_q <= 1'b0;
        rsp_q <= 1'b1;
        t_state_q <= Take;
      end
      Take: if (host_rsp_valid_i && host_rsp_tag_i == 4'd0 && host_rsp_last_i) begin
        t_in_q <= host_rsp_data_i;
        rsp_q <= 1'b0;
        t_state_q <= Run;
      end
      Run: begin
        t_acc_q <= acc_d;
        t_n_q <= t_n_q + 8'd1;
        stream_q <= 1'b1;
        retire_q <= 1'b1;
        t_state_q <= Emit;
      end
      Emit: if (stream_ready_i) begin
        stream_q <= 1'b0;
        req_q <= t_in_q == 64'd0;
        t_state_q <= t_in_q == 64'd0 ? End : Ask;
      end
      default: if (req_q && host_req_ready_i) begin
        // The next call begins as after reset.
        req_q <= 1'b0;
        t_acc_q <= 256'd0;
        t_n_q <= 8'd0;
        t_state_q <= Ask;
      end
    endcase
    if (!rst_ni) begin
      t_state_q <= Ask;
      t_in_q <= 64'd0;
      t_acc_q <= 256'd0;
      t_n_q <= 8'd0;
      req_q <= 1'b0;
      rsp_q <= 1'b0;
      stream_q <= 1'b0;
      retire_q <= 1'b0;
    end
  end

`ifndef SYNTHESIS
  // Fault 2: a claim that does not hold, to see an assertion fire.
  always_ff @(posedge clk_i) if (rst_ni && fault_i == 6'd2) assert (t_n_q < 8'd10);
`endif

  assign host_req_valid_o = req_q;
  assign host_req_kind_o = t_state_q == End ? 4'd2 : 4'd1;
  assign host_req_tag_o = 4'd0;
  assign host_req_a_o = t_state_q == End ? t_acc_q[63:0] : 64'd0;
  assign host_req_b_o = 64'd0;
  assign host_rsp_ready_o = rsp_q;
  assign stream_valid_o = stream_q;
  assign stream_data_o = {56'd0, t_n_q, t_in_q, t_acc_q};
endmodule

`default_nettype wire
