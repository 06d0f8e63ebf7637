using CleanGateway.Domain.Common;
using MediatR;
using Microsoft.Extensions.Logging;

namespace CleanGateway.Application.Common;

/// <summary>
/// Says of every message what it was called, how long it took and how it was refused. Never what was in it: messages
/// carry prompts and secrets.
/// </summary>
internal sealed partial class LoggingBehaviour<TRequest, TResponse>(TimeProvider clock, ILogger<LoggingBehaviour<TRequest, TResponse>> logger)
    : IPipelineBehavior<TRequest, TResponse>
{
    public async Task<TResponse> Handle(
        TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next)
    {
        var started = clock.GetTimestamp();
        try
        {
            var response = await next();
            LogHandled(typeof(TRequest).Name, clock.GetElapsedTime(started).TotalMilliseconds);
            return response;
        }
        catch (GatewayException refused)
        {
            LogRefused(typeof(TRequest).Name, refused.Error.Code);
            throw;
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            LogFailed(failure, typeof(TRequest).Name);
            throw;
        }
    }

    [LoggerMessage(1, LogLevel.Debug, "{Message} handled in {ElapsedMs:F1} ms")]
    private partial void LogHandled(string message, double elapsedMs);

    [LoggerMessage(2, LogLevel.Information, "{Message} refused: {Code}")]
    private partial void LogRefused(string message, string code);

    [LoggerMessage(3, LogLevel.Error, "{Message} failed")]
    private partial void LogFailed(Exception exception, string message);
}
