using System.Text;
using CleanGateway.Application.Messages;

namespace CleanGateway.UnitTests.Application.Messages;

/// <summary>Requests, answers and events as Anthropic's API has them.</summary>
internal static class Native
{
    public const string Hello = """{"model":"m","max_tokens":10,"messages":[{"role":"user","content":"Hello"}]}""";
    public const string HelloStream = """{"model":"m","max_tokens":10,"stream":true,"messages":[{"role":"user","content":"Hello"}]}""";

    /// <summary>A stream with every kind of block there is, and some that are not.</summary>
    public static readonly string[] Events =
    [
        """{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":20,"cache_creation_input_tokens":30,"cache_read_input_tokens":100,"cache_creation":{"ephemeral_5m_input_tokens":10,"ephemeral_1h_input_tokens":20},"output_tokens":1,"service_tier":"standard"}}}""",
        """{"type":"ping"}""",
        """{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}""",
        """{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Let me "}}""",
        """{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"see \ud83d"}}""",
        """{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"\ude00"}}""",
        """{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"EqQB=="}}""",
        """{"type":"content_block_stop","index":0}""",
        """{"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"zzz"}}""",
        """{"type":"content_block_stop","index":1}""",
        """{"type":"content_block_start","index":2,"content_block":{"type":"text","text":""}}""",
        """{"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"It is "}}""",
        """{"type":"content_block_delta","index":2,"delta":{"type":"citations_delta","citation":{"type":"char_location","cited_text":"18"}}}""",
        """{"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"18 °C\n"}}""",
        """{"type":"content_block_stop","index":2}""",
        """{"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"toolu_1","name":"w","input":{}}}""",
        """{"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":""}}""",
        """{"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"{\"city\":\"Par"}}""",
        """{"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"is\"}"}}""",
        """{"type":"content_block_stop","index":3}""",
        """{"type":"content_block_start","index":4,"content_block":{"type":"tool_use","id":"toolu_2","name":"now","input":{}}}""",
        """{"type":"content_block_stop","index":4}""",
        """{"type":"content_block_start","index":5,"content_block":{"type":"web_search_tool_result","tool_use_id":"srv_1","content":[{"type":"web_search_result","url":"https://x"}]}}""",
        """{"type":"content_block_stop","index":5}""",
        """{"type":"content_block_start","index":6,"content_block":{"type":"brand_new","notes":"a"}}""",
        """{"type":"content_block_delta","index":6,"delta":{"type":"notes_delta","notes":"b"}}""",
        """{"type":"content_block_stop","index":6}""",
        """{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":57,"output_tokens_details":{"thinking_tokens":12},"server_tool_use":{"web_search_requests":2},"cache_read_input_tokens":null}}""",
        """{"type":"message_stop"}""",
    ];

    /// <summary>What these events come to.</summary>
    public static readonly string Whole =
        """{"id":"msg_1","type":"message","role":"assistant","model":"claude-x","stop_reason":"tool_use","stop_sequence":null,"content":["""
        + """{"type":"thinking","thinking":"Let me see \ud83d\ude00","signature":"EqQB=="},{"type":"redacted_thinking","data":"zzz"},"""
        + """{"type":"text","text":"It is 18 °C\n","citations":[{"type":"char_location","cited_text":"18"}]},"""
        + """{"type":"tool_use","id":"toolu_1","name":"w","input":{"city":"Paris"}},{"type":"tool_use","id":"toolu_2","name":"now","input":{}},"""
        + """{"type":"web_search_tool_result","tool_use_id":"srv_1","content":[{"type":"web_search_result","url":"https://x"}]},{"type":"brand_new","notes":"ab"}],"""
        + """ "usage":{"input_tokens":20,"cache_creation_input_tokens":30,"cache_read_input_tokens":100,"cache_creation":"""[1..]
        + """{"ephemeral_5m_input_tokens":10,"ephemeral_1h_input_tokens":20},"output_tokens":57,"service_tier":"standard","output_tokens_details":"""
        + """{"thinking_tokens":12},"server_tool_use":{"web_search_requests":2}}}""";

    public static MessagesRequest Read(string json, MessagesHeaders? headers = null) =>
        MessagesRequest.TryParse(Encoding.UTF8.GetBytes(json), headers ?? MessagesHeaders.None, out var request, out var error)
            ? request
            : throw new ArgumentException($"{error!.Message} in {json}");
}
