using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using CleanGateway.Application.Inference;
using CleanGateway.Domain.Common;

namespace CleanGateway.Application.Common;

/// <summary>
/// The one translation of a <see cref="GatewayError"/> into what the clients of an API read. It is here and not in the Api
/// because the log keeps exactly what the caller was told.
/// </summary>
public static class ErrorBody
{
    /// <summary>Anthropic's own status for being overloaded.</summary>
    private const int AnthropicOverloaded = 529;

    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static int StatusOf(GatewayErrorKind kind) => kind switch
    {
        GatewayErrorKind.Invalid => 400,
        GatewayErrorKind.Unauthenticated => 401,
        GatewayErrorKind.OverBudget => 402,
        GatewayErrorKind.Forbidden => 403,
        GatewayErrorKind.NotFound => 404,
        GatewayErrorKind.MethodNotAllowed => 405,
        GatewayErrorKind.RequestTimeout => 408,
        GatewayErrorKind.Conflict => 409,
        GatewayErrorKind.PreconditionFailed => 412,
        GatewayErrorKind.PreconditionRequired => 428,
        GatewayErrorKind.Unprocessable => 422,
        GatewayErrorKind.TooLarge => 413,
        GatewayErrorKind.UnsupportedMediaType => 415,
        GatewayErrorKind.RateLimited or GatewayErrorKind.QuotaExhausted => 429,
        GatewayErrorKind.ClientClosed => 499,   // nginx's number; in the log only
        GatewayErrorKind.Internal => 500,
        GatewayErrorKind.UpstreamRefused or GatewayErrorKind.UpstreamFailed => 502,
        GatewayErrorKind.UpstreamOverloaded or GatewayErrorKind.Unavailable or GatewayErrorKind.ShuttingDown => 503,
        GatewayErrorKind.UpstreamTimeout => 504,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "has no HTTP status"),
    };

    /// <summary>The HTTP status of an error, where the clients of one API know one that others do not.</summary>
    public static int StatusOf(GatewayError error, ApiFormat api) =>
        api.IsAnthropic() && error.UpstreamStatus == AnthropicOverloaded ? AnthropicOverloaded : StatusOf(error.Kind);

    /// <summary>In the form of the API that was called, as one line of UTF-8.</summary>
    public static ReadOnlyMemory<byte> Write(GatewayError error, ApiFormat api, string? requestId) =>
        api.IsAnthropic() ? WriteMessages(error, requestId) : Write(error);

    /// <summary>OpenAI's <c>{"error":{…}}</c> as one line of UTF-8, also what a broken stream says in its last event.</summary>
    public static ReadOnlyMemory<byte> Write(GatewayError error)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, Relaxed))
        {
            json.WriteStartObject();
            json.WriteStartObject("error");
            json.WriteString("message", error.Message);
            if (HasPrintedForm(error.Code))
            {
                json.WriteString("type", "invalid_request_error");
                json.WriteNumber("code", StatusOf(error.Kind));
            }
            else
            {
                json.WriteString("type", TypeOf(error.Kind));
                json.WriteString("param", error.Param);
                json.WriteString("code", error.Code);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    // Anthropic's {"type":"error","error":{…},"request_id":…}.
    private static ReadOnlyMemory<byte> WriteMessages(GatewayError error, string? requestId)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, Relaxed))
        {
            json.WriteStartObject();
            json.WriteString("type", "error");
            json.WriteStartObject("error");
            json.WriteString("type", MessagesTypeOf(error.Kind));
            json.WriteString("message", error.Message);
            json.WriteEndObject();
            if (requestId is not null)
                json.WriteString("request_id", requestId);
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static string MessagesTypeOf(GatewayErrorKind kind) => kind switch
    {
        GatewayErrorKind.Unauthenticated => "authentication_error",
        GatewayErrorKind.OverBudget => "billing_error",
        GatewayErrorKind.Forbidden => "permission_error",
        GatewayErrorKind.NotFound => "not_found_error",
        GatewayErrorKind.RequestTimeout or GatewayErrorKind.UpstreamTimeout => "timeout_error",
        GatewayErrorKind.Conflict => "conflict_error",
        GatewayErrorKind.TooLarge => "request_too_large",
        GatewayErrorKind.RateLimited or GatewayErrorKind.QuotaExhausted => "rate_limit_error",
        GatewayErrorKind.UpstreamOverloaded or GatewayErrorKind.Unavailable or GatewayErrorKind.ShuttingDown => "overloaded_error",
        GatewayErrorKind.Internal or GatewayErrorKind.UpstreamRefused or GatewayErrorKind.UpstreamFailed => "api_error",
        _ => "invalid_request_error",
    };

    // These bodies are promised to callers byte for byte: no param, and the status as the code.
    private static bool HasPrintedForm(string code) => code is
        "missing_authorization" or "invalid_api_key" or "unknown_model" or "request_limit_exceeded" or "monthly_budget_exceeded";

    private static string TypeOf(GatewayErrorKind kind) => kind switch
    {
        GatewayErrorKind.Forbidden => "permission_error",
        GatewayErrorKind.RateLimited => "rate_limit_error",
        GatewayErrorKind.QuotaExhausted => "insufficient_quota",
        GatewayErrorKind.UpstreamRefused => "upstream_error",
        GatewayErrorKind.Internal or GatewayErrorKind.UpstreamFailed or GatewayErrorKind.UpstreamOverloaded
            or GatewayErrorKind.Unavailable or GatewayErrorKind.ShuttingDown or GatewayErrorKind.UpstreamTimeout => "server_error",
        _ => "invalid_request_error",
    };
}
