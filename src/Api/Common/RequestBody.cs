using System.Buffers;
using CleanGateway.Api.Inference;
using CleanGateway.Domain.Common;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace CleanGateway.Api.Common;

/// <summary>Reads a body whole, within its limit: JSON, if nothing else is said.</summary>
internal static class RequestBody
{
    // Kestrel's words for a connection that ended before the body did; it has no other sign for it.
    private const string EarlyEnd = "Unexpected end of request content";

    // What a body of unknown length asks for at a time.
    private const int Step = 256 * 1024;

    private static readonly GatewayError TooSlow = new(GatewayErrorKind.RequestTimeout, "request_timeout", "The request body arrived too slowly.");

    /// <param name="load">Where room is to be had for the bytes; null: of these there are always few.</param>
    /// <returns>The bytes; or why there are none.</returns>
    public static Task<(ReadOnlyMemory<byte> Body, GatewayError? Error)> ReadAsync(HttpRequest request, int limit, InferenceLoad? load = null) =>
        ReadAsync(request, limit, IsJson, "application/json", load);

    /// <summary>The same of YAML (RFC 9512, 2.1, and the names it had before).</summary>
    public static Task<(ReadOnlyMemory<byte> Body, GatewayError? Error)> ReadYamlAsync(HttpRequest request, int limit) =>
        ReadAsync(request, limit, IsYaml, "application/yaml", load: null);

    private static async Task<(ReadOnlyMemory<byte> Body, GatewayError? Error)> ReadAsync(
        HttpRequest request, int limit, Func<string?, bool> isRight, string expected, InferenceLoad? load)
    {
        var types = request.Headers.ContentType;
        if (!StringValues.IsNullOrEmpty(types) && !types.Any(isRight))
            return (default, Unsupported($"The content type is '{types}': expected {expected}."));

        var encoding = request.Headers.ContentEncoding.ToString();
        if (encoding.Length > 0 && !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
            return (default, Unsupported($"The content encoding is '{encoding}': expected none."));

        if (request.ContentLength > limit)
            return (default, TooLarge(limit));

        if (load is not null && request.ContentLength is { } announced && !load.TryHold(request.HttpContext, announced))
            return (default, InferenceLoad.Overloaded);

        using var deadline = new BodyDeadline(request.HttpContext);
        try
        {
            return await ReadToEndAsync(request, limit, load, deadline);
        }
        catch (OperationCanceledException) when (deadline.IsOver)
        {
            request.HttpContext.Response.Headers.Connection = "close";
            return (default, TooSlow);
        }
        catch (Exception left) when (request.HttpContext.RequestAborted.IsCancellationRequested && left is OperationCanceledException or IOException)
        {
            return (default, GatewayError.ClientClosed);
        }
        catch (ConnectionResetException)
        {
            return (default, GatewayError.ClientClosed);
        }
        catch (IOException unreadable) when (unreadable is not BadHttpRequestException)
        {
            // What Kestrel says of a chunk's size that no number can hold, unlike of any other that is wrong.
            request.HttpContext.Response.Headers.Connection = "close";
            return (default, GatewayError.Invalid($"The request cannot be read: {unreadable.Message}"));
        }
        catch (BadHttpRequestException bad)
        {
            return (default, bad.StatusCode == StatusCodes.Status413PayloadTooLarge ? TooLarge(limit)
                : bad.Message.StartsWith(EarlyEnd, StringComparison.Ordinal) ? GatewayError.ClientClosed
                : ErrorFor(bad));
        }
    }

    /// <summary>What HTTP itself objects to.</summary>
    public static GatewayError ErrorFor(BadHttpRequestException bad) => bad.StatusCode switch
    {
        StatusCodes.Status408RequestTimeout => TooSlow,
        StatusCodes.Status413PayloadTooLarge => new GatewayError(GatewayErrorKind.TooLarge, "request_too_large", "The request body is too large."),
        _ => GatewayError.Invalid($"The request cannot be read: {bad.Message}"),
    };

    private static async Task<(ReadOnlyMemory<byte> Body, GatewayError? Error)> ReadToEndAsync(
        HttpRequest request, int limit, InferenceLoad? load, BodyDeadline deadline)
    {
        var reader = request.BodyReader;
        var held = request.ContentLength ?? 0;
        while (true)
        {
            if (!reader.TryRead(out var read))
                read = await reader.ReadAsync(deadline.Token);

            var length = read.Buffer.Length;
            if (length > limit)
            {
                reader.AdvanceTo(read.Buffer.End);
                return (default, TooLarge(limit));
            }

            if (load is not null && length > held)
            {
                var more = Math.Max(length - held, Math.Min(Step, limit - held));
                if (!load.TryHold(request.HttpContext, more))
                {
                    reader.AdvanceTo(read.Buffer.End);
                    request.HttpContext.Response.Headers.Connection = "close";
                    return (default, InferenceLoad.Overloaded);
                }

                held += more;
            }

            if (read.IsCompleted)
            {
                // A copy of its own: the body lives on in the call to the provider and in the log.
                var body = read.Buffer.ToArray();
                reader.AdvanceTo(read.Buffer.End);
                return (body, null);
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    // Some tools send their own type and the one they were told to send; one of them being right is good enough.
    private static bool IsJson(string? type) =>
        MediaTypeHeaderValue.TryParse(type, out var parsed)
        && (parsed.SubType.Equals("json", StringComparison.OrdinalIgnoreCase) || parsed.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase))
        && (!parsed.Charset.HasValue || parsed.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) || parsed.Charset.Equals("\"utf-8\"", StringComparison.OrdinalIgnoreCase)
            || parsed.Charset.Equals("utf8", StringComparison.OrdinalIgnoreCase) || parsed.Charset.Equals("us-ascii", StringComparison.OrdinalIgnoreCase));

    private static bool IsYaml(string? type) =>
        MediaTypeHeaderValue.TryParse(type, out var parsed) && parsed.MediaType.Value is "application/yaml" or "application/x-yaml" or "text/yaml" or "text/x-yaml";

    private static GatewayError TooLarge(int limit) =>
        new(GatewayErrorKind.TooLarge, "request_too_large", $"The request body is too large: allowed are {limit} bytes.");

    /// <summary>415.</summary>
    public static GatewayError Unsupported(string message) => new(GatewayErrorKind.UnsupportedMediaType, "unsupported_media_type", message);
}
