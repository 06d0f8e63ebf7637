using CleanGateway.Domain.Common;

namespace CleanGateway.Api.Common;

/// <summary>Turns what is thrown into an answer. What could still surprise is a fault of the gateway, and told as no more than that.</summary>
internal sealed partial class ErrorMiddleware(RequestDelegate next, ILogger<ErrorMiddleware> logger)
{
    private static readonly GatewayError InternalError =
        new(GatewayErrorKind.Internal, "internal_error", "The gateway failed to handle the request.");

    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http);
        }
        catch (GatewayException refused) when (!http.Response.HasStarted)
        {
            await http.Response.WriteErrorAsync(refused.Error);
        }
        catch (BadHttpRequestException bad) when (!http.Response.HasStarted)
        {
            await http.Response.WriteErrorAsync(RequestBody.ErrorFor(bad));
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // There is no one left to answer.
            http.Abort();
        }
        catch (Exception failure) when (failure is not BrokenStreamException && !http.Response.HasStarted)
        {
            LogFailed(failure, http.Request.Method, http.GetEndpoint()?.DisplayName);
            await http.Response.WriteErrorAsync(InternalError);
        }
    }

    [LoggerMessage(LogLevel.Error, "{Method} {Endpoint} failed")]
    private partial void LogFailed(Exception exception, string method, string? endpoint);
}
