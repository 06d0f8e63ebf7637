using MediatR;

namespace CleanGateway.Application.Common;

/// <summary>A message whose validators run before its handler. A chat call is none: its checks are values, not exceptions.</summary>
public interface IMessage<out TResult> : IRequest<TResult>;

/// <summary>Asks for a change. Handled in Application.</summary>
public interface ICommand<out TResult> : IMessage<TResult>;

/// <summary>Asks for an answer and changes nothing. Handled in Infrastructure, where the data is.</summary>
public interface IQuery<out TResult> : IMessage<TResult>;

/// <summary>Makes what repositories were given permanent, all of it or nothing, and with it what the audit log says of it.</summary>
public interface IUnitOfWork
{
    /// <exception cref="Domain.Common.GatewayException">
    /// Someone else has changed the same thing, has taken the same name, or uses what was to be deleted.
    /// </exception>
    Task SaveChangesAsync(CancellationToken cancellationToken);
}
