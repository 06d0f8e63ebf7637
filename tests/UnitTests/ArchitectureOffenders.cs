using CleanGateway.Application.Common;
using MediatR;

namespace CleanGateway.UnitTests;

/// <summary>Each breaks a rule of the house on purpose, to show that the rule can be broken and would be noticed.</summary>
public static class ArchitectureOffenders
{
    public sealed record Command : ICommand<int>;

    public sealed record Query : IQuery<int>;

    public sealed record Unhandled : ICommand<int>;

    internal sealed class SendsAnotherMessage(IMediator mediator) : IRequestHandler<Command, int>
    {
        public Task<int> Handle(Command request, CancellationToken cancellationToken) => mediator.Send(new Query(), cancellationToken);
    }

    public sealed class IsPublic : IRequestHandler<Command, int>
    {
        public Task<int> Handle(Command request, CancellationToken cancellationToken) => Task.FromResult(1);
    }

    internal class IsOpen : IRequestHandler<Query, int>
    {
        public virtual Task<int> Handle(Query request, CancellationToken cancellationToken) => Task.FromResult(1);
    }

    internal sealed class Heir : IsOpen;

    public sealed class NobodyShowsIt;

    public sealed record ShownByAPort;

    public interface IPort
    {
        IReadOnlyList<ShownByAPort[]> Show();
    }

    internal static class Forgets
    {
        public static async void Fire() => await Task.Yield();

        public static Action InALambda() => async () => await Task.Yield();
    }

#pragma warning disable CA2211, CA1802 // the rule under test says the same
    public static int MutableForAll = 1;
    internal static int MutableForUs = 2;
    public static readonly int Fixed = 3;
    public const int Constant = 4;
#pragma warning restore CA2211, CA1802
}
