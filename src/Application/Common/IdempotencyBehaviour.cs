using MediatR;

namespace CleanGateway.Application.Common;

/// <summary>Makes something new. Sent twice with one <see cref="IdempotencyKey"/>, it makes one thing, and answers the same.</summary>
public interface ICreateCommand<out TResult> : ICommand<TResult>;

/// <summary>Remembers what requests with an idempotency key were answered.</summary>
public interface IIdempotencyKeys
{
    /// <summary>
    /// Runs the work and keeps its result, both in one transaction; a second run waits for the first one's end and has
    /// its result.
    /// </summary>
    /// <exception cref="Domain.Common.GatewayException">The key was used for another request.</exception>
    Task<TResult> OnceAsync<TResult>(IdempotencyKey key, Func<Task<TResult>> work, CancellationToken cancellationToken);
}

internal sealed class IdempotencyBehaviour<TRequest, TResponse>(Operation operation, IIdempotencyKeys keys) : IPipelineBehavior<TRequest, TResponse>
    where TRequest : ICreateCommand<TResponse>
{
    public Task<TResponse> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next) =>
        operation.IdempotencyKey is { } key ? keys.OnceAsync(key, () => next(), cancellationToken) : next();
}
