// Loader: everything outside a call's instructions. It asks the host for a job, fills the code and constant
// RAMs and the first arguments, makes the first invocation, and reports fuel and outcome.
//
//   sweep -> request JOB -> response -> CODE -> CONST -> ARGS -> enter0, enter1 -> run -> FUEL -> DONE -> sweep
//
// Host port: a request is held until host_req_ready_i; its response is a burst of 64-bit beats of the same
// tag, the last one marked; beats of other tags are dropped. Area words go through the write stage l_we_q,
// l_wa_q, l_wd_q, a cycle before the RAM, so that the host's data does not meet the RAM's set-up time.
// sweep clears the frame tags that the last call used (l_high_q words): its invocation numbers come again.
`default_nettype none

module loader (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic [5:0]  fault_i,
  // Host port.
  input  logic        host_req_ready_i,
  input  logic        host_rsp_valid_i,
  input  logic [3:0]  host_rsp_tag_i,
  input  logic        host_rsp_last_i,
  input  logic [63:0] host_rsp_data_i,
  // First invocation: table entry, and what follows from it.
  input  logic [15:0] entry_offset_i,
  input  logic [15:0] entry_frame_i,
  input  logic [15:0] entry_args_i,
  input  logic        entry_public_i,
  input  logic [63:0] d_fuel_i,
  output logic        l_const_re_o,
  output logic [12:0] l_const_ra_o,
  output logic        l_init_o,      // enter0
  output logic        l_start_o,     // enter1, the first method begins
  output logic [16:0] l_target_o,
  output logic        l_finish_o,    // enter1, it does not
  output logic        l_enter_o,     // enter1
  output logic        l_run_o,       // run
  output logic [4:0]  l_kind_o,
  output logic [63:0] l_value_o,
  output logic        l_fuel_set_o,
  output logic [63:0] l_fuel_new_o,
  // Outcome of the call.
  input  logic        o_valid_i,
  input  logic [4:0]  o_kind_i,
  input  logic [63:0] o_value_i,
  input  logic [31:0] c_next_i,
  output logic        l_taken_o,     // the outcome is taken
  // Frame words in use.
  input  logic        c_enter_i,
  input  logic [12:0] c_top_i,
  output logic        l_sweep_o,     // clear tag word l_addr_q
  output logic        l_wv_o,
  // Registers.
  output logic [2:0]  l_state_o,
  output logic [13:0] l_addr_o,
  output logic [63:0] l_app_o,
  output logic [16:0] l_codelen_o,
  output logic [16:0] l_constlen_o,
  output logic [15:0] l_methods_o,
  output logic [16:0] l_method_o,
  output logic [11:0] l_args_o,
  output logic [9:0]  l_depthmax_o,
  output logic [31:0] l_invmax_o,
  output logic [12:0] l_high_o,
  output logic [1:0]  l_we_o,
  output logic [12:0] l_wa_o,
  output logic [63:0] l_wd_o,
  output logic        h_req_valid_o,
  output logic [3:0]  h_req_kind_o,
  output logic [3:0]  h_req_tag_o,
  output logic [63:0] h_req_a_o,
  output logic [63:0] h_req_b_o,
  output logic        h_rsp_ready_o
);

  logic [2:0]  l_state_q;
  logic [13:0] l_addr_q;
  logic [63:0] l_app_q;
  logic [16:0] l_codelen_q;
  logic [16:0] l_constlen_q;
  logic [15:0] l_methods_q;
  logic [16:0] l_method_q;
  logic [11:0] l_args_q;
  logic [9:0]  l_depthmax_q;
  logic [31:0] l_invmax_q;
  logic [12:0] l_high_q;
  logic [1:0]  l_we_q;
  logic [12:0] l_wa_q;
  logic [63:0] l_wd_q;
  logic        h_req_valid_q;
  logic [3:0]  h_req_kind_q;
  logic [3:0]  h_req_tag_q;
  logic [63:0] h_req_a_q;
  logic [63:0] h_req_b_q;
  logic        h_rsp_ready_q;

  assign l_state_o     = l_state_q;
  assign l_addr_o      = l_addr_q;
  assign l_app_o       = l_app_q;
  assign l_codelen_o   = l_codelen_q;
  assign l_constlen_o  = l_constlen_q;
  assign l_methods_o   = l_methods_q;
  assign l_method_o    = l_method_q;
  assign l_args_o      = l_args_q;
  assign l_depthmax_o  = l_depthmax_q;
  assign l_invmax_o    = l_invmax_q;
  assign l_high_o      = l_high_q;
  assign l_we_o        = l_we_q;
  assign l_wa_o        = l_wa_q;
  assign l_wd_o        = l_wd_q;
  assign h_req_valid_o = h_req_valid_q;
  assign h_req_kind_o  = h_req_kind_q;
  assign h_req_tag_o   = h_req_tag_q;
  assign h_req_a_o     = h_req_a_q;
  assign h_req_b_o     = h_req_b_q;
  assign h_rsp_ready_o = h_rsp_ready_q;

  localparam logic [2:0] SWEEP    = 3'd0;
  localparam logic [2:0] REQUEST  = 3'd1;
  localparam logic [2:0] RESPONSE = 3'd2;
  localparam logic [2:0] ENTER0   = 3'd3;
  localparam logic [2:0] ENTER1   = 3'd4;
  localparam logic [2:0] RUN      = 3'd5;

  localparam logic [3:0] JOB   = 4'd1;
  localparam logic [3:0] CODE  = 4'd2;
  localparam logic [3:0] CONST = 4'd3;
  localparam logic [3:0] ARGS  = 4'd4;
  localparam logic [3:0] FUEL  = 4'd5;
  localparam logic [3:0] DONE  = 4'd6;

  // ---- State machine ----

  logic       beat;      // a beat of the response is taken
  logic       beat_last;
  logic       accepted;
  logic       sweeping;
  logic       ask;       // request kind ask_kind next
  logic [3:0] ask_kind;
  logic [2:0] state_d;

  assign beat      = h_rsp_ready_q && host_rsp_valid_i && host_rsp_tag_i == h_req_tag_q;
  assign beat_last = beat && host_rsp_last_i;
  assign accepted  = h_req_valid_q && host_req_ready_i;
  assign sweeping  = l_state_q == SWEEP && l_addr_q < {1'b0, l_high_q};

  always_comb begin : next_state
    ask      = 1'b0;
    ask_kind = JOB;
    state_d  = l_state_q;
    case (l_state_q)
      SWEEP: ask = !sweeping;
      REQUEST:
        if (accepted) begin
          case (h_req_kind_q)
            FUEL: begin
              ask      = 1'b1;
              ask_kind = DONE;
            end
            DONE: state_d = SWEEP;
            default: state_d = RESPONSE;
          endcase
        end
      RESPONSE:
        if (beat_last) begin
          ask = 1'b1;
          case (h_req_kind_q)
            JOB: ask_kind = l_codelen_q == 17'd0 ? CONST : CODE;
            CODE: ask_kind = CONST;
            CONST: begin
              ask      = l_args_q != 12'd0;
              ask_kind = ARGS;
            end
            default: ask = 1'b0;
          endcase
          if (!ask) state_d = ENTER0;
        end
      ENTER0: state_d = ENTER1;
      ENTER1: state_d = RUN;
      default: begin // RUN
        ask      = o_valid_i;
        ask_kind = FUEL;
      end
    endcase
    if (ask) state_d = REQUEST;
  end

  assign l_sweep_o = sweeping;
  assign l_taken_o = l_state_q == RUN && o_valid_i;

  // ---- First invocation ----

  logic known; // the method is in the table

  assign l_enter_o    = l_state_q == ENTER1;
  assign l_run_o      = l_state_q == RUN;
  assign known        = l_method_q < {1'b0, l_methods_q};
  assign l_init_o     = l_state_q == ENTER0;
  assign l_const_re_o = l_init_o && known;
  assign l_const_ra_o = l_method_q[12:0] + 13'd1;
  assign l_target_o   = {1'b0, entry_offset_i};

  always_comb begin : first_checks
    l_start_o  = 1'b0;
    l_finish_o = 1'b0;
    l_kind_o   = 5'd2;
    l_value_o  = 64'd0;
    if (l_state_q == ENTER1) begin
      l_finish_o = 1'b1;
      if (d_fuel_i[63]) l_kind_o = algorand_pkg::END_OUT_OF_FUEL;
      else if (!known) l_value_o = {1'b1, 58'd0, algorand_pkg::CAUSE_METHOD};
      else if (!entry_public_i) l_value_o = {1'b1, 58'd0, algorand_pkg::CAUSE_ACCESS};
      else if (entry_args_i != {4'd0, l_args_q}) l_value_o = {1'b1, 58'd0, algorand_pkg::CAUSE_ARGUMENTS};
      else begin
        l_finish_o = 1'b0;
        l_start_o  = 1'b1;
      end
    end
  end

  // ---- Payload of requests ----

  logic [63:0] ask_a;
  logic [63:0] ask_b;

  always_comb begin : payload
    ask_a = 64'd0;
    ask_b = 64'd0;
    if (ask) begin
      ask_a = l_app_q;
      case (ask_kind)
        CODE: ask_b = {47'd0, l_codelen_q};
        CONST: ask_b = {47'd0, l_constlen_q};
        ARGS: ask_b = {52'd0, l_args_q};
        FUEL: begin
          ask_a = d_fuel_i;
          ask_b = {32'd0, c_next_i - 32'd1}; // invocations made
        end
        DONE: begin
          ask_a = {59'd0, o_kind_i};
          ask_b = fault_i == algorand_pkg::FAULT_WRONG_OUTCOME ? ~o_value_i : o_value_i; // fault wrong_outcome
        end
        default: ask_a = 64'd0; // JOB
      endcase
    end
  end

  // ---- Registers ----

  assign l_fuel_set_o = beat && h_req_kind_q == JOB && l_addr_q == 14'd1;
  assign l_fuel_new_o = host_rsp_data_i;
  assign l_wv_o       = l_we_q != 2'd0;

  always_ff @(posedge clk_i) begin : state
    if (!rst_ni) begin
      l_state_q     <= SWEEP;
      l_addr_q      <= 14'd0;
      h_req_valid_q <= 1'b0;
      h_req_kind_q  <= 4'd0;
      h_req_tag_q   <= 4'd0;
      h_req_a_q     <= 64'd0;
      h_req_b_q     <= 64'd0;
      h_rsp_ready_q <= 1'b0;
    end else begin
      l_state_q <= state_d;
      if (ask || accepted || beat_last) l_addr_q <= 14'd0;
      else if (beat || sweeping) l_addr_q <= l_addr_q + 14'd1;
      if (accepted) begin
        h_req_valid_q <= 1'b0;
        h_rsp_ready_q <= state_d == RESPONSE;
      end
      if (beat_last) h_rsp_ready_q <= 1'b0;
      if (ask) begin
        h_req_valid_q <= 1'b1;
        h_req_kind_q  <= ask_kind;
        h_req_tag_q   <= h_req_tag_q + 4'd1;
        h_req_a_q     <= ask_a;
        h_req_b_q     <= ask_b;
      end
    end
  end

  always_ff @(posedge clk_i) begin : job
    if (!rst_ni) begin
      l_app_q      <= 64'd0;
      l_codelen_q  <= 17'd0;
      l_constlen_q <= 17'd0;
      l_methods_q  <= 16'd0;
      l_method_q   <= 17'd0;
      l_args_q     <= 12'd0;
      l_depthmax_q <= 10'd0;
      l_invmax_q   <= 32'd0;
    end else if (beat) begin
      if (h_req_kind_q == JOB) begin
        case (l_addr_q)
          14'd0: l_app_q <= host_rsp_data_i;
          14'd2: l_method_q <= {host_rsp_data_i[63:16] != 48'd0, host_rsp_data_i[15:0]};
          14'd3: begin
            l_codelen_q  <= host_rsp_data_i[16:0];
            l_constlen_q <= host_rsp_data_i[48:32];
          end
          14'd4: begin
            l_args_q     <= host_rsp_data_i[11:0];
            l_depthmax_q <= host_rsp_data_i[25:16];
            l_invmax_q   <= host_rsp_data_i[63:32];
          end
          default: ; // beat 1 is the tank, in D
        endcase
      end
      if (h_req_kind_q == CONST && l_addr_q == 14'd0) l_methods_q <= host_rsp_data_i[15:0];
    end
  end

  always_ff @(posedge clk_i) begin : write_stage
    if (!rst_ni) begin
      l_we_q <= 2'd0;
      l_wa_q <= 13'd0;
      l_wd_q <= 64'd0;
    end else begin
      l_we_q <= 2'd0;
      if (beat && h_req_kind_q != JOB) begin
        l_we_q <= h_req_kind_q[1:0] - 2'd1; // CODE 1, CONST 2, ARGS 3
        l_wa_q <= l_addr_q[12:0];
        l_wd_q <= host_rsp_data_i;
      end
    end
  end

  always_ff @(posedge clk_i) begin : high_water
    if (!rst_ni) l_high_q <= 13'd4096;
    else if (l_start_o) l_high_q <= entry_frame_i[15:3] + {12'd0, entry_frame_i[2:0] != 3'd0};
    else if (l_finish_o) l_high_q <= 13'd0;
    else if (c_enter_i && c_top_i > l_high_q) l_high_q <= c_top_i;
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin : checks
    if (rst_ni) begin
      // A request and a response never overlap: one job, one transfer at a time.
      assert (!(h_req_valid_q && h_rsp_ready_q));
      assert (h_req_valid_q == (l_state_q == REQUEST));
      assert (h_rsp_ready_q == (l_state_q == RESPONSE));
      // Frames end inside the frame RAM; the sweep must be able to reach them all.
      assert (l_high_q <= 13'd4096);
      // Outcomes come from running calls only.
      assert (!o_valid_i || l_state_q == RUN);
      assert (!c_enter_i || l_state_q == RUN);
    end
  end
`endif

endmodule

`default_nettype wire
