# comment (
SET(T "$ENV{PATH}")
set(CMAKE_CXX_COMPILER ${CMAKE_CURRENT_LIST_DIR}bin/c++ CACHE FILEPATH "" FORCE)
set(CMAKE_CXX_COMPILER_TARGET aarch64-linux-gnu)
set(CMAKE_SYSROOT ${T}/root)
set(CMAKE_CXX_FLAGS_INIT "-O2 -fexceptions \"a b\"")
set(X "${X}${T}" $ENV{ $y)
if(X)
endif()
