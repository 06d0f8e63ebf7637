using CleanGateway.Application.LogLevels;
using MediatR;

namespace CleanGateway.Infrastructure.LogLevels;

internal sealed class GetLogLevelsHandler(ILogLevels levels) : IRequestHandler<GetLogLevels, LogLevelState>
{
    public Task<LogLevelState> Handle(GetLogLevels query, CancellationToken cancellationToken) => Task.FromResult(levels.Current);
}
